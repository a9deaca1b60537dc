local t = require('airside.l10n').t
local notify = require('airside.notify')

local M = {}

---@class airside.Config
M.defaults = {
  cmd = nil, ---@type string[]? the server; nil finds `airside` (see |airside-server|)
  settings = {}, ---@type table the server's own, as in `{ completion = { maxTokens = 64 } }`
  filetypes = nil, ---@type string[]? where to suggest: short for settings.completion.languages; nil is all, {} starts no server
  exclude = {}, ---@type string[] file types without suggestions: short for a "!" there
  language = nil, ---@type string? of what you are told ("de"); nil is that of Neovim's messages
  root = '.git', ---@type string|string[] what marks the root of a project
  auto = true, -- ask while typing; otherwise by the key `next` alone
  with_menu = false, -- also while a completion menu is open
  keys = { ---@type table<string, string|false>|false false maps nothing
    accept = '<Tab>',
    accept_word = '<M-Right>',
    accept_line = '<M-C-Right>',
    next = '<M-]>',
    prev = '<M-[>',
    dismiss = '<C-]>',
  },
}

local kinds = {
  cmd = { 'table', 'string' },
  settings = { 'table' },
  filetypes = { 'table' },
  exclude = { 'table' },
  language = { 'string' },
  root = { 'string', 'table' },
  auto = { 'boolean' },
  with_menu = { 'boolean' },
  keys = { 'table', 'boolean' },
}

-- What is wrong is told by name; the rest applies.
local function checked(opts)
  local good = {}
  for name, value in pairs(opts) do
    if not kinds[name] then
      notify.warn(t('no setting is called %s; see :help airside-settings'):format(name))
    elseif not vim.tbl_contains(kinds[name], type(value)) or value == true and name == 'keys' then
      notify.warn(t('setting %s is a %s, not a %s'):format(name, table.concat(kinds[name], '/'), type(value)))
    else
      good[name] = value
    end
  end
  if type(good.keys) == 'table' then
    for action, key in pairs(good.keys) do
      if M.defaults.keys[action] == nil then
        notify.warn(t('no key is called %s; see :help airside-keys'):format(tostring(action)))
        good.keys[action] = nil
      elseif key ~= false and type(key) ~= 'string' then
        notify.warn(t('keys.%s is a key or false'):format(action))
        good.keys[action] = nil
      end
    end
  end
  if type(good.cmd) == 'string' then
    good.cmd = { good.cmd }
  end
  return good
end

local current

---@return airside.Config
function M.get()
  if not current then
    M.set(type(vim.g.airside) == 'table' and vim.g.airside or {})
  end
  return current
end

---The server's settings. Where to suggest it decides for all editors; filetypes and
---exclude are added to what `settings` says of that, and the list is there in the place
---of config.toml's, as a setting of an editor is.
---@return table
function M.server()
  local c = M.get()
  local settings = vim.deepcopy(c.settings)
  local completion = type(settings.completion) == 'table' and settings.completion or {}
  local languages = vim.deepcopy(settings['completion.languages'] or completion.languages)
  if type(languages) == 'table' or languages == nil and (c.filetypes or #c.exclude > 0) then
    languages = vim.list_extend(languages or {}, c.filetypes or {})
    for _, filetype in ipairs(c.exclude) do
      languages[#languages + 1] = '!' .. filetype
    end
    settings['completion.languages'] = languages
    completion.languages = nil
  end
  return settings
end

---The option `language`. While options are being read there is none yet.
---@return string?
function M.language()
  local named = current or type(vim.g.airside) == 'table' and vim.g.airside or {}
  return type(named.language) == 'string' and named.language or nil
end

function M.set(opts)
  current = vim.tbl_deep_extend('force', vim.deepcopy(M.defaults), checked(vim.deepcopy(opts)))
end

return M
