local notify = require('airside.notify')

local M = {}

---@class airside.Config
M.defaults = {
  cmd = nil, ---@type string[]? the server; nil finds `airside` (see |airside-server|)
  settings = {}, ---@type table the server's own, as in `{ completion = { maxTokens = 64 } }`
  filetypes = nil, ---@type string[]? nil is all
  exclude = {}, ---@type string[] file types without airside
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
      notify.warn(('no setting is called %s; see :help airside-settings'):format(name))
    elseif not vim.tbl_contains(kinds[name], type(value)) or value == true and name == 'keys' then
      notify.warn(('setting %s is a %s, not a %s'):format(name, table.concat(kinds[name], ' or a '), type(value)))
    else
      good[name] = value
    end
  end
  if type(good.keys) == 'table' then
    for action, key in pairs(good.keys) do
      if M.defaults.keys[action] == nil then
        notify.warn(('no key is called %s; see :help airside-keys'):format(tostring(action)))
        good.keys[action] = nil
      elseif key ~= false and type(key) ~= 'string' then
        notify.warn(('keys.%s is a key or false'):format(action))
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

function M.set(opts)
  current = vim.tbl_deep_extend('force', vim.deepcopy(M.defaults), checked(vim.deepcopy(opts)))
end

return M
