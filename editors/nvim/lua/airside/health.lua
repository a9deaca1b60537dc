-- :checkhealth airside
local t = require('airside.l10n').t
local M = {}
local health = vim.health

local function server()
  local cmd, why = require('airside.client').command()
  if not cmd then
    health.error(why, { t('make install in airside’s repository'), t('or name it: setup{ cmd = { "/path/to/airside" } }') })
    return
  end
  local ok, out = pcall(function()
    return vim.system({ cmd[1], 'version' }, { text = true }):wait(5000)
  end)
  if not ok or out.code ~= 0 then
    health.error(t('%s does not tell its version: %s'):format(cmd[1], ok and vim.trim(out.stderr or '') or out))
    return
  end
  health.ok(('%s: %s'):format(cmd[1], (vim.split(vim.trim(out.stdout), '\n')[1])))
  return cmd
end

local function clients()
  local list = vim.lsp.get_clients({ name = 'airside' })
  if #list == 0 then
    health.info(t('no server runs; it starts with the first file'))
  end
  for _, c in ipairs(list) do
    if c.server_capabilities.inlineCompletionProvider then
      health.ok(t('at work in %s'):format(c.config.root_dir or '?'))
    else
      health.error(t('a server without inline completion runs: it is too old for this plugin'), { t('update airside'), ':Airside restart' })
    end
  end
  local s = require('airside.status').get()
  if s then
    local c = s.completion
    local text = t('completions: %s %s %s %s'):format(c.state, c.backend, c.model, c.message)
    if c.state == 'error' then
      health.warn(text, { ':Airside doctor' })
    else
      health.ok(text)
    end
    health.info(t('sync: %s %s'):format(s.sync.state, s.sync.message))
  end
end

-- Who maps a key over ours and does first what it did before.
local polite = { '^blink%.cmp', '^cmp%.utils%.keymap' }

local function keys()
  local wanted = require('airside.config').get().keys or {}
  local told = {} ---@type table<string, boolean>
  for _, c in ipairs(vim.lsp.get_clients({ name = 'airside' })) do
    for buf in pairs(c.attached_buffers) do
      for action, key in pairs(wanted) do
        local over = key and not told[key] and require('airside.keys').over(buf, key)
        local known = over and vim.iter(polite):any(function(pattern)
          return over:find(pattern) ~= nil
        end)
        if over and not known then
          told[key] = true
          health.warn(t('%s is mapped over airside by "%s": %s has it only if that goes on with what was mapped before'):format(key, over, action),
            { 'setup{ keys = { ' .. action .. " = '…' } }" })
        end
      end
    end
  end
end

-- What to set where a plugin draws ghost text, too.
local ghostText = {
  ['blink.cmp'] = 'completion = { ghost_text = { enabled = false } }',
  ['nvim-cmp'] = 'experimental = { ghost_text = false }',
}

local function menus()
  local menu = require('airside.menu')
  local both = require('airside.config').get().with_menu
  for _, plugin in ipairs(menu.plugins()) do
    if menu.drawsGhost(plugin) then
      health.warn(t('%s draws ghost text of its own, and while it does airside has none'):format(plugin), { ghostText[plugin] })
    elseif both then
      health.ok(t('%s: its menu and ghost text are shown together; :help airside-menus has how its menu stays clear of the text'):format(plugin))
    else
      health.ok(t('%s: while its menu is open there is no ghost text; it is back when the menu closes'):format(plugin))
    end
  end
  if vim.fn.exists('+autocomplete') == 1 and vim.o.autocomplete and not both then
    health.info(t("'autocomplete' opens a menu as you type; ghost text is back when it closes (<C-e>)"))
  end
end

function M.check()
  health.start('airside')
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error(t('Neovim 0.10 or newer is needed'))
    return
  end
  local cmd = server()
  clients()
  keys()
  menus()
  if cmd then
    health.start('airside doctor')
    local ok, out = pcall(function()
      return vim.system({ cmd[1], 'doctor' }, { text = true, env = { NO_COLOR = '1' } }):wait(20000)
    end)
    local text = ok and vim.trim(out.stdout .. out.stderr) or tostring(out)
    if ok and out.code == 0 then
      health.ok(t('completions work with the network gone'))
    else
      health.warn(t('completions would not work with the network gone'))
    end
    for _, line in ipairs(vim.split(text, '\n')) do
      health.info(line)
    end
  end
end

return M
