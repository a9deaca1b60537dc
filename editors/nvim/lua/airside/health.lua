-- :checkhealth airside
local M = {}
local health = vim.health

local function server()
  local cmd, why = require('airside.client').command()
  if not cmd then
    health.error(why, { 'make install in airside\'s repository', 'or name it: setup{ cmd = { "/path/to/airside" } }' })
    return
  end
  local ok, out = pcall(function()
    return vim.system({ cmd[1], 'version' }, { text = true }):wait(5000)
  end)
  if not ok or out.code ~= 0 then
    health.error(('%s does not tell its version: %s'):format(cmd[1], ok and vim.trim(out.stderr or '') or out))
    return
  end
  health.ok(('%s: %s'):format(cmd[1], (vim.split(vim.trim(out.stdout), '\n')[1])))
  return cmd
end

local function clients()
  local list = vim.lsp.get_clients({ name = 'airside' })
  if #list == 0 then
    health.info('no server runs; it starts with the first file')
  end
  for _, c in ipairs(list) do
    if c.server_capabilities.inlineCompletionProvider then
      health.ok(('at work in %s'):format(c.config.root_dir or '?'))
    else
      health.error('a server without inline completion runs: it is too old for this plugin', { 'update airside', ':Airside restart' })
    end
  end
  local s = require('airside.status').get()
  if s then
    local c = s.completion
    local text = ('completions: %s %s %s %s'):format(c.state, c.backend, c.model, c.message)
    if c.state == 'error' then
      health.warn(text, { ':Airside doctor' })
    else
      health.ok(text)
    end
    health.info(('sync: %s %s'):format(s.sync.state, s.sync.message))
  end
end

local function keys()
  local wanted = require('airside.config').get().keys
  for action, key in pairs(wanted or {}) do
    local map = key and vim.fn.maparg(key, 'i', false, true)
    if key and map.desc ~= 'airside: ' .. action:gsub('_', ' ') and #vim.lsp.get_clients({ bufnr = 0, name = 'airside' }) > 0 then
      health.warn(('%s is mapped by another, %s has no key'):format(key, action), { 'setup{ keys = { ' .. action .. " = '…' } }" })
    end
  end
end

function M.check()
  health.start('airside')
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim 0.10 or newer is needed')
    return
  end
  local cmd = server()
  clients()
  keys()
  if cmd then
    health.start('airside doctor')
    local ok, out = pcall(function()
      return vim.system({ cmd[1], 'doctor' }, { text = true, env = { NO_COLOR = '1' } }):wait(20000)
    end)
    local text = ok and vim.trim(out.stdout .. out.stderr) or tostring(out)
    if ok and out.code == 0 then
      health.ok('completions work with the network gone')
    else
      health.warn('completions would not work with the network gone')
    end
    for _, line in ipairs(vim.split(text, '\n')) do
      health.info(line)
    end
  end
end

return M
