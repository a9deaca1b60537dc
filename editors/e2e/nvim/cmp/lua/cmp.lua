-- What nvim-cmp does that others notice, made small for machines that cannot have the
-- real one (AIRSIDE_NVIM_CMP names it): a menu in a window of its own that opens and
-- closes some time after a key, events, keys that are mapped at the first insert over
-- those that are there and do first what those did.
local cmp = { event = {}, core = { view = {} } }
local api = vim.api

local config = { mapping = {}, sources = {}, experimental = {} }
local sources, listeners = {}, {}
local window, entries, start = nil, {}, 0
local timer = assert(vim.uv.new_timer())
local ghost = api.nvim_create_namespace('cmp imitation')

function cmp.event.on(_, name, callback)
  listeners[name] = listeners[name] or {}
  table.insert(listeners[name], callback)
end

local function emit(name)
  for _, callback in ipairs(listeners[name] or {}) do
    callback({})
  end
end

function cmp.core.view.visible()
  return window ~= nil and api.nvim_win_is_valid(window)
end

-- Waits, as the real one does, until what is under way is done.
function cmp.visible()
  vim.wait(1000, function()
    return not timer:is_active()
  end, 10)
  return cmp.core.view:visible()
end

local function close()
  if cmp.core.view:visible() then
    api.nvim_win_close(window, true)
  end
  window, entries = nil, {}
  api.nvim_buf_clear_namespace(0, ghost, 0, -1)
  emit('menu_closed') -- also if none was open
end

local function open()
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local before = api.nvim_get_current_line():sub(1, col)
  local word = before:match('[%w_]+$')
  entries = {}
  for _, s in ipairs(config.sources) do
    sources[s.name]:complete({}, function(items)
      for _, item in ipairs(items) do
        if word and vim.startswith(item.label, word) and item.label ~= word then
          table.insert(entries, item.label)
        end
      end
    end)
  end
  if #entries == 0 then
    close()
    return
  end
  start = #before - #word
  local buf = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(buf, 0, -1, false, entries)
  if not cmp.core.view:visible() then
    local above = (config.view or {}).entries and config.view.entries.vertical_positioning == 'above'
    window = api.nvim_open_win(buf, false, {
      relative = 'cursor',
      anchor = above and 'SW' or 'NW',
      row = above and 0 or 1,
      col = -#word,
      width = 12,
      height = #entries,
      style = 'minimal',
      noautocmd = true,
    })
  else
    api.nvim_win_set_buf(window, buf)
    api.nvim_win_set_config(window, { height = #entries })
  end
  if config.experimental.ghost_text then
    api.nvim_buf_clear_namespace(0, ghost, 0, -1)
    api.nvim_buf_set_extmark(0, ghost, row - 1, col, { virt_text = { { entries[1]:sub(#word + 1), 'Comment' } }, virt_text_pos = 'inline' })
  end
  emit('menu_opened')
end

local function later()
  timer:start(5, 0, vim.schedule_wrap(function()
    if api.nvim_get_mode().mode:sub(1, 1) == 'i' then
      open()
    end
  end))
end

function cmp.abort()
  if not cmp.core.view:visible() then
    return false
  end
  timer:stop()
  close()
  return true
end

function cmp.confirm()
  if not cmp.core.view:visible() then
    return false
  end
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local word, from = entries[1], start
  close()
  api.nvim_buf_set_text(0, row - 1, from, row - 1, col, { word })
  api.nvim_win_set_cursor(0, { row, from + #word })
  return true
end

cmp.mapping = setmetatable({
  abort = function()
    return function(fallback)
      if not cmp.abort() then
        fallback()
      end
    end
  end,
  confirm = function()
    return function(fallback)
      if not cmp.confirm() then
        fallback()
      end
    end
  end,
}, {
  __call = function(_, f)
    return f
  end,
})

-- listen maps a key over what is there, in the buffer if that is there.
local function listen(lhs, call)
  local existing, buffer
  for _, list in ipairs({ api.nvim_buf_get_keymap(0, 'i'), api.nvim_get_keymap('i') }) do
    for _, map in ipairs(list) do
      if not existing and map.lhs:lower() == lhs:lower() then
        existing, buffer = map, map.buffer == 1 and api.nvim_get_current_buf() or nil
      end
    end
  end
  if existing and existing.desc == 'cmp imitation' then
    return
  end
  local function fallback()
    if existing and existing.expr == 1 then
      local plug = '<Plug>(cmp imitation:' .. lhs .. ')'
      vim.keymap.set('i', plug, function()
        return existing.callback()
      end, { buffer = buffer, expr = true, replace_keycodes = existing.replace_keycodes == 1 })
      api.nvim_feedkeys(api.nvim_replace_termcodes(plug, true, true, true), 'im', true)
    elseif existing and existing.callback then
      existing.callback()
    else
      api.nvim_feedkeys(api.nvim_replace_termcodes(existing and existing.rhs or lhs, true, true, true), 'in', true)
    end
  end
  vim.keymap.set('i', lhs, function()
    call(fallback)
  end, { buffer = buffer, silent = true, desc = 'cmp imitation' })
end

api.nvim_create_autocmd('InsertEnter', {
  callback = function()
    for lhs, call in pairs(config.mapping) do
      listen(lhs, call)
    end
  end,
})
api.nvim_create_autocmd('TextChangedI', { callback = later })
api.nvim_create_autocmd('CursorMovedI', {
  callback = function()
    if cmp.core.view:visible() then
      later()
    end
  end,
})
api.nvim_create_autocmd('InsertLeave', {
  callback = function()
    timer:stop()
    close()
  end,
})

function cmp.register_source(name, source)
  sources[name] = source
end

function cmp.setup(c)
  config = vim.tbl_extend('force', config, c)
end

function cmp.get_config()
  return config
end

return cmp
