-- Completion menus: Neovim's own, blink.cmp's and nvim-cmp's. Which is open, when one
-- opens and closes, and whether its plugin draws ghost text, too.
local M = {}
local api = vim.api

local listener ---@type {opened: fun(), closed: fun()}?
local cmp ---@type table? nvim-cmp, from when it is there
local cmpOpen = false -- by its events
local blinkSeen = false -- it has shown something, so that it may be asked

local function opened()
  if listener then
    listener.opened()
  end
end

local function closed()
  if listener then
    listener.closed()
  end
end

-- hear listens to nvim-cmp from when it is loaded. Its cmp.visible() would wait until
-- it has filtered, at every key.
local function hear()
  local now = package.loaded['cmp']
  if now == cmp or type(now) ~= 'table' or type(now.event) ~= 'table' or not now.event.on or not (now.core or {}).view then
    return
  end
  cmp = now
  cmpOpen = now.core.view:visible()
  now.event:on('menu_opened', function()
    cmpOpen = true
    opened()
  end)
  now.event:on('menu_closed', function()
    if cmpOpen then
      cmpOpen = false
      closed()
    end
  end)
end

-- blink is blink.cmp. What is loaded before its setup() is not to be asked: it would
-- read its settings before they are made.
local function blink()
  local b = blinkSeen and package.loaded['blink.cmp']
  return type(b) == 'table' and b.is_menu_visible and b or nil
end

---@return boolean whether a menu is open, or another's ghost text stands where a menu would be
function M.open()
  if vim.fn.pumvisible() == 1 then
    return true
  end
  hear()
  if cmpOpen and cmp.core.view:visible() then
    return true
  end
  local b = blink()
  return b ~= nil and (b.is_menu_visible() or M.ghost())
end

---@return boolean whether the plugin of a menu draws ghost text of its own now
function M.ghost()
  local b = blink()
  if b and b.is_ghost_text_visible and b.is_ghost_text_visible() then
    return true
  end
  hear()
  return cmpOpen and cmp.core.view:visible() and M.drawsGhost('nvim-cmp')
end

---@return string[] the plugins with a menu that are at work
function M.plugins()
  hear()
  local list = {}
  if package.loaded['blink.cmp'] and package.loaded['blink.cmp.keymap'] then -- of setup()
    list[1] = 'blink.cmp'
  end
  list[#list + 1] = cmp and 'nvim-cmp' or nil
  return list
end

---@param plugin "blink.cmp"|"nvim-cmp"
---@return boolean whether it is set to draw ghost text
function M.drawsGhost(plugin)
  local ok, drawn = pcall(function()
    if plugin == 'nvim-cmp' then
      return package.loaded['cmp'].get_config().experimental.ghost_text
    end
    local enabled = package.loaded['blink.cmp.config'].completion.ghost_text.enabled
    return type(enabled) == 'function' and enabled() or enabled == true
  end)
  return ok and drawn ~= nil and drawn ~= false
end

---Has opened and closed called when a menu opens or closes.
---@param l {opened: fun(), closed: fun()}
function M.listen(l)
  listener = l
  local group = api.nvim_create_augroup('airside.menu', {})
  local function on(event, pattern, call)
    api.nvim_create_autocmd(event, { group = group, pattern = pattern, callback = call })
  end
  on('CompleteChanged', nil, opened)
  on('CompleteDone', nil, closed)
  on('User', 'BlinkCmpMenuOpen', function()
    blinkSeen = true
    opened()
  end)
  -- Ghost text of its own without a menu: drawn a little later than this is told.
  on('User', 'BlinkCmpShow', function()
    blinkSeen = true
    vim.schedule(opened)
  end)
  on('User', { 'BlinkCmpMenuClose', 'BlinkCmpHide' }, closed)
end

return M
