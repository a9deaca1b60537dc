-- Keys that steal nothing: each is a mapping of the buffer that does its work
-- while a suggestion is shown and is otherwise what the key was before.
local config = require('airside.config')

local M = {}
local api = vim.api

local mapped = {} ---@type table<integer, table<string, {ours: function, before: table?}>> by buffer and key

local function termcodes(keys)
  return api.nvim_replace_termcodes(keys, true, true, true)
end

local function find(maps, key)
  local raw = termcodes(key)
  for _, map in ipairs(maps) do
    if map.lhsraw == raw or map.lhsrawalt == raw or map.lhs == key then
      return map
    end
  end
end

-- feed types keys at once, before those that wait.
local function feed(keys, remap)
  api.nvim_feedkeys(keys, (remap and 'm' or 'n') .. 'i', false)
end

-- otherwise does what the key does without airside: map is what the buffer had for it
-- before. A global mapping is looked up at each press, so that it does not matter who
-- came first.
local function otherwise(key, map)
  map = map or find(api.nvim_get_keymap('i'), key)
  if not map then
    return key
  end
  local keys
  if map.expr == 1 then
    keys = map.callback and map.callback() or not map.callback and api.nvim_eval(map.rhs) or ''
    if type(keys) ~= 'string' then
      keys = tostring(keys)
    end
    if map.replace_keycodes == 1 then
      keys = termcodes(keys)
    end
  elseif map.callback then
    M.callback = map.callback
    return '<Cmd>lua require("airside.keys").callback()<CR>'
  else
    keys = termcodes(map.rhs or '')
  end
  -- A mapping to itself and more is not to be mapped again (see :map-recursive).
  local lhs = termcodes(key)
  if map.noremap == 0 and vim.startswith(keys, lhs) then
    feed(keys:sub(#lhs + 1), true)
    feed(lhs, false)
  else
    feed(keys, map.noremap == 0)
  end
  return ''
end

-- Others map a key of ours in the same way, and do first what they did before: blink.cmp
-- and nvim-cmp at the first insert. A mapping that has been taken over so goes on with
-- what was before it, and never with what is now: that may be the one that called it.
---@param buf integer
function M.map(buf)
  M.unmap(buf)
  local keys = config.get().keys
  if not keys then
    return
  end
  mapped[buf] = {}
  for action, key in pairs(keys) do
    if key then
      local before = find(api.nvim_buf_get_keymap(buf, 'i'), key)
      local function ours()
        return require('airside')[action]() or otherwise(key, before)
      end
      mapped[buf][key] = { ours = ours, before = before }
      vim.keymap.set('i', key, ours, { buffer = buf, expr = true, silent = true, desc = 'airside: ' .. action:gsub('_', ' ') })
    end
  end
end

-- unmap gives keys back. One that another has mapped since is left to him.
---@param buf integer
function M.unmap(buf)
  local maps = api.nvim_buf_is_valid(buf) and api.nvim_buf_get_keymap(buf, 'i') or {}
  for key, m in pairs(mapped[buf] or {}) do
    local now = find(maps, key)
    if now and now.callback == m.ours then
      api.nvim_buf_del_keymap(buf, 'i', now.lhs)
      if m.before then
        api.nvim_buf_call(buf, function()
          pcall(vim.fn.mapset, 'i', false, m.before)
        end)
      end
    end
  end
  mapped[buf] = nil
end

---@param buf integer
---@param key string
---@return string? who has mapped a key over ours, by the mapping's own words
function M.over(buf, key)
  local m = (mapped[buf] or {})[key]
  local now = m and find(api.nvim_buf_get_keymap(buf, 'i'), key) or {}
  if m and now.callback ~= m.ours then
    return now.desc or now.rhs or 'another'
  end
end

return M
