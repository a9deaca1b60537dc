-- What people are told, in their language. English is the key; a language is one file,
-- l10n/NAME.lua, a table from English.
local M = {}

---As BCP 47 has it: the option `language`, else that of Neovim's own messages (|:language|).
---@return string
function M.language()
  local named = require('airside.config').language() or vim.v.lang or ''
  local language = named:lower():gsub('_', '-'):gsub('[.@].*$', '')
  return language:match('^%l%l%l?%f[^%l]') and language or 'en'
end

local tables = {} ---@type table<string, table<string, string>>

---@param text string English
---@return string text as it is said; with the same places for values
function M.t(text)
  local language = M.language():match('^%l+')
  if language == 'en' then
    return text
  end
  if not tables[language] then
    local ok, said = pcall(require, 'airside.l10n.' .. language)
    tables[language] = ok and said or {}
  end
  return tables[language][text] or text
end

return M
