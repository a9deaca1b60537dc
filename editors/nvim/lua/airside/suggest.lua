-- When to ask, what is shown, what is accepted.
--
-- The server is asked at every change; how long to wait is its to decide. A
-- newer request cancels the older, and an answer counts only while the text and
-- the cursor are those that it was asked for. What the user types of a shown
-- suggestion is drawn at once, without asking.
local compat = require('airside.compat')
local config = require('airside.config')
local ghost = require('airside.ghost')
local menu = require('airside.menu')
local suggestion = require('airside.suggestion')

local M = {}
local api = vim.api

local METHOD = 'textDocument/inlineCompletion'
local INVOKED, AUTOMATIC = 1, 2

local shown ---@type {buf: integer, client: vim.lsp.Client, list: airside.Suggestion[], index: integer, asked: boolean}?
local pending ---@type {client: vim.lsp.Client, at: airside.Place, asked: {id: integer, quick: boolean}?}?
local seen ---@type airside.Place?
local coming ---@type {at: airside.Place, char: string, length: integer}? what is typed: where the cursor and how long the line will be
local early ---@type airside.Place? asked about before the cursor was there
local dismissed ---@type airside.Place? where the user wants none
local held ---@type airside.Place? where a completion menu kept something from being shown

---@class airside.Place
---@field buf integer
---@field tick integer
---@field row integer from 0
---@field col integer in bytes

---@return airside.Place
local function place()
  local cursor = api.nvim_win_get_cursor(0)
  local buf = api.nvim_get_current_buf()
  return { buf = buf, tick = api.nvim_buf_get_changedtick(buf), row = cursor[1] - 1, col = cursor[2] }
end

local function same(a, b)
  return a and b and a.buf == b.buf and a.tick == b.tick and a.row == b.row and a.col == b.col
end

-- covered tells whether a completion menu has the screen for itself. Two ghost texts
-- at one cursor nobody can read.
local function covered()
  if config.get().with_menu then
    return menu.ghost()
  end
  return menu.open()
end

-- wanted tells whether this is a time for suggestions. A macro takes what is
-- typed and nothing that depends on when a model answers.
local function wanted(buf)
  return not vim.g.airside_paused
    and not vim.b[buf].airside_paused
    and vim.fn.reg_recording() == ''
    and vim.fn.reg_executing() == ''
    and api.nvim_get_mode().mode:sub(1, 1) == 'i'
    and not covered()
end

local function cancel()
  local request = pending
  pending = nil
  if request and request.asked and not compat.stopped(request.client) then
    compat.stopAsking(request.client, request.asked)
  end
end

local function hide()
  if shown then
    ghost.clear(shown.buf)
    shown = nil
  end
end

local function current()
  return shown and shown.list[shown.index]
end

-- tell says that a suggestion is shown, once it is.
local function tell(s)
  local client = s.untold
  if client then
    s.untold = nil
    compat.notify(client, 'textDocument/didShowCompletion', { item = s.item })
  end
end

-- draw shows the current suggestion, or tells that it no longer fits.
local function draw(at)
  local s = assert(current())
  local d = suggestion.drawing(s, at.buf, at.row, at.col)
  if not d then
    return false
  end
  if shown.asked and #shown.list > 1 then
    d.more = ('(%d/%d)'):format(shown.index, #shown.list)
  end
  ghost.draw(at.buf, d)
  if not s.told then
    s.told, s.untold = true, shown.client
    vim.defer_fn(function()
      tell(s)
    end, 0)
  end
  return true
end

-- follow goes on with what is shown after the user has typed some of it.
local function follow(at)
  if not shown or shown.buf ~= at.buf then
    return false
  end
  local on = current()
  shown.list = vim.tbl_filter(function(s)
    return suggestion.drawing(s, at.buf, at.row, at.col) ~= nil
  end, shown.list)
  for i, s in ipairs(shown.list) do
    if s == on then
      shown.index = i
      return draw(at)
    end
  end
  return false
end

local function answered(client, at, kind, items)
  if not same(at, place()) then
    return
  end
  if not wanted(at.buf) then
    held = #items > 0 and at or held
    return
  end
  local list = {}
  local keep = kind == INVOKED and current() or nil
  if keep then
    list[1] = keep
  end
  for _, item in ipairs(items) do
    local s = suggestion.new(at, item, client.offset_encoding)
    if s and not (keep and suggestion.rest(s, at.buf, at.row, at.col) == suggestion.rest(keep, at.buf, at.row, at.col)) then
      list[#list + 1] = s
    end
  end
  if #list == 0 then
    return
  end
  hide()
  shown = { buf = at.buf, client = client, list = list, index = keep and #list > 1 and 2 or 1, asked = kind == INVOKED }
  if not draw(at) then
    hide()
  end
end

local function ask(at, kind)
  cancel()
  local client = vim.lsp.get_clients({ bufnr = at.buf, name = 'airside' })[1]
  if not client then
    return
  end
  local line = api.nvim_get_current_line()
  local request = { client = client, at = at }
  pending = request
  request.asked = compat.ask(client, METHOD, {
    textDocument = { uri = vim.uri_from_bufnr(at.buf) },
    position = { line = at.row, character = compat.units(line, at.col, client.offset_encoding) },
    context = { triggerKind = kind },
  }, function(err, result)
    if pending ~= request then
      return
    end
    pending = nil
    if not err and type(result) == 'table' then
      answered(client, at, kind, result.items or result)
    end
  end, at.buf)
end

-- update is called at every change of the text and every move of the cursor in
-- insert mode; both come for one key.
function M.update(entered)
  local at = place()
  if same(at, seen) and not entered then
    return
  end
  if same(at, early) and not entered then
    seen, early = at, nil
    return
  end
  early = nil
  local changed = not seen or seen.buf ~= at.buf or seen.tick ~= at.tick
  seen = at
  if pending and same(at, pending.at) then
    return -- a key has asked already
  end
  if not wanted(at.buf) then
    held = (changed or pending ~= nil) and at or nil
    cancel()
    hide()
    return
  end
  held = nil
  if follow(at) then
    return
  end
  cancel()
  hide()
  -- A cursor that only moves asks for nothing; a new or appended line does.
  if entered then
    changed = at.col == #api.nvim_get_current_line()
  end
  if changed and config.get().auto then
    ask(at, AUTOMATIC)
  end
end

-- typing is called before a character goes into the text. What waits to be typed, or
-- comes from a mapping or another command, is asked about when all of it is there.
function M.typing()
  local at = place()
  coming = nil
  if same(at, seen) and vim.fn.state('m') == '' then
    local char = vim.v.char
    at.col, at.tick = at.col + #char, at.tick + 1
    coming = { at = at, char = char, length = #api.nvim_get_current_line() + #char }
  end
end

-- changed is called when lines of a buffer have changed, from first to last, before
-- Neovim draws them and before whoever looks at the text or the cursor. It asks about the
-- character that was typed, so that the server is at work in that time. Text is locked.
---@param buf integer
function M.changed(buf, tick, first, last, now)
  local typed = coming
  coming = nil
  if not typed or not compat.quick then
    return
  end
  local at = typed.at
  if at.buf ~= buf or at.tick ~= tick or at.row ~= first or last ~= first + 1 or now ~= last then
    return
  end
  local line = api.nvim_buf_get_lines(buf, first, last, false)[1]
  if
    #line ~= typed.length
    or line:sub(at.col - #typed.char + 1, at.col) ~= typed.char
    or vim.lsp.util.buf_versions[buf] ~= tick -- the change is not noted, and would not be sent before
    or not config.get().auto
    or shown and (shown.buf ~= buf or suggestion.drawing(current(), buf, at.row, at.col))
    or not wanted(buf)
  then
    return
  end
  cancel()
  hide()
  held, early = nil, at
  ask(at, AUTOMATIC)
end

-- leave ends everything: insert mode or the buffer is left.
function M.leave()
  cancel()
  hide()
  seen, early, coming, dismissed, held = nil, nil, nil, nil, nil
end

function M.visible()
  return shown ~= nil and shown.buf == api.nvim_get_current_buf()
end

-- dismiss has nothing come at this place until the text changes.
function M.dismiss()
  dismissed = place()
  cancel()
  hide()
end

-- ready is called when the server has more for a place than it answered there. It
-- is asked again if that is where the user still is, has nothing against it, and
-- does not look through candidates.
---@param client_id integer
---@param params {textDocument: {uri: string, version: integer}, position: lsp.Position}
function M.ready(client_id, params)
  local at = place()
  local client = vim.lsp.get_clients({ bufnr = at.buf, name = 'airside' })[1]
  local line = api.nvim_get_current_line()
  if
    not client
    or client.id ~= client_id
    or params.textDocument.uri ~= vim.uri_from_bufnr(at.buf)
    or params.textDocument.version ~= vim.lsp.util.buf_versions[at.buf]
    or params.position.line ~= at.row
    or params.position.character ~= compat.units(line, at.col, client.offset_encoding)
  then
    return
  end
  if not wanted(at.buf) then
    held = at -- until the menu closes, if that is why
  elseif config.get().auto and not pending and not same(at, dismissed) and not (shown and shown.asked) then
    ask(at, AUTOMATIC)
  end
end

-- opened is called when a completion menu opens or changes: what is shown makes room.
local function opened()
  if shown and shown.buf == api.nvim_get_current_buf() and covered() then
    held = place()
    hide()
  end
end

-- closed is called when a completion menu closes. What it kept from being shown is
-- asked for again, if nothing was taken from the menu and it does not open anew.
local function closed()
  vim.schedule(function()
    local at = place()
    if same(at, held) and wanted(at.buf) and config.get().auto and not pending and not shown and not same(at, dismissed) then
      held = nil
      ask(at, AUTOMATIC)
    end
  end)
end

menu.listen({ opened = opened, closed = closed })

-- cycle shows another candidate. Those beside the first are sampled only once
-- somebody asks for them.
function M.cycle(step)
  local at = place()
  if not wanted(at.buf) and not menu.open() then
    return
  end
  if shown and shown.asked then
    if #shown.list > 1 then
      shown.index = (shown.index - 1 + step) % #shown.list + 1
      draw(at)
    end
    return
  end
  ask(at, INVOKED)
end

---@param how "all"|"word"|"line"
function M.accept(how)
  local at = place()
  local s = current()
  if not s or shown.buf ~= at.buf then
    return
  end
  local client = shown.client
  tell(s)
  local taken, whole = suggestion.insert(s, at, how)
  if not taken then
    hide()
    return
  end
  if whole then
    hide()
    local command = s.item.command
    if command then
      compat.request(client, 'workspace/executeCommand', {
        command = command.command,
        arguments = command.arguments,
      }, function() end, at.buf)
    end
  else
    compat.notify(client, 'textDocument/didPartiallyAcceptCompletion', { item = s.item, acceptedLength = taken })
  end
  M.update()
end

return M
