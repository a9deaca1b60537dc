-- Keys that steal nothing: each is a mapping of the buffer that does its work
-- while a suggestion is shown and is otherwise what the key was before.
local config = require('airside.config')

local M = {}
local api = vim.api

local before = {} ---@type table<integer, table<string, table>> mappings of buffers that ours took the place of

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

-- otherwise does what the key does without airside. The global mapping is
-- looked up at each press, so that it does not matter who came first.
local function otherwise(buf, key)
  local map = (before[buf] or {})[key] or find(api.nvim_get_keymap('i'), key)
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

function M.map(buf)
  M.unmap(buf)
  local keys = config.get().keys
  if not keys then
    return
  end
  before[buf] = {}
  for action, key in pairs(keys) do
    if key then
      before[buf][key] = find(api.nvim_buf_get_keymap(buf, 'i'), key)
      vim.keymap.set('i', key, function()
        return require('airside')[action]() or otherwise(buf, key)
      end, { buffer = buf, expr = true, silent = true, desc = 'airside: ' .. action:gsub('_', ' ') })
    end
  end
end

-- unmap gives keys back.
function M.unmap(buf)
  for _, map in ipairs(api.nvim_buf_is_valid(buf) and api.nvim_buf_get_keymap(buf, 'i') or {}) do
    if vim.startswith(map.desc or '', 'airside: ') then
      api.nvim_buf_del_keymap(buf, 'i', map.lhs)
    end
  end
  for _, map in pairs(before[buf] or {}) do
    pcall(vim.fn.mapset, 'i', false, map)
  end
  before[buf] = nil
end

return M
