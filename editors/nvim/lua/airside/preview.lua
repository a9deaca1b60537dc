-- An edit before it is made: what it changes, in a window above the text.
local t = require('airside.l10n').t
local notify = require('airside.notify')

local M = {}
local api = vim.api

-- edited is what a buffer would hold after edits.
local function edited(buf, edits, encoding)
  local copy = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(copy, 0, -1, false, api.nvim_buf_get_lines(buf, 0, -1, false))
  vim.lsp.util.apply_text_edits(vim.deepcopy(edits), copy, encoding)
  local lines = api.nvim_buf_get_lines(copy, 0, -1, false)
  api.nvim_buf_delete(copy, { force = true })
  return lines
end

-- difference has the lines of a diff, without its head: the text itself is in view.
local function difference(before, after)
  local function text(lines)
    return table.concat(lines, '\n') .. '\n'
  end
  local diff = (vim.text and vim.text.diff or vim.diff)(text(before), text(after), { ctxlen = 2 })
  local lines = vim.split(vim.trim(diff), '\n')
  return vim.list_slice(lines, 2) -- where it is the window shows
end

-- parts of an edit of one document.
---@return string? uri
---@return lsp.TextEdit[]? edits
local function parts(edit)
  local versioned = (edit.documentChanges or {})[1]
  if versioned then
    return versioned.textDocument.uri, versioned.edits
  end
  return next(edit.changes or {})
end

local function window(lines, title)
  local buf = api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden = 'wipe'
  api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable, vim.bo[buf].filetype = false, 'diff'
  local footer = ' ' .. t('Enter applies, q closes') .. ' '
  local width = math.max(#footer, vim.fn.strdisplaywidth(title) + 2)
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  width = math.min(width + 1, vim.o.columns - 4)
  local height = math.max(1, math.min(#lines, math.floor(vim.o.lines / 2)))
  local win = api.nvim_open_win(buf, true, {
    relative = 'cursor', row = 1, col = 0, width = width, height = height,
    style = 'minimal', border = 'rounded', title = ' ' .. title .. ' ', footer = footer, footer_pos = 'right',
  })
  vim.wo[win].wrap = false
  return buf, win
end

---Shows an edit of one document, as a code action of the server's has it. Enter makes
---it, and one undo takes it back.
---@param command lsp.Command
---@param context {client_id: integer}
function M.show(command, context)
  local argument = (command.arguments or {})[1] or {}
  local client = vim.lsp.get_client_by_id(context.client_id)
  local uri, edits = parts(argument.edit or {})
  if not client or not uri then
    return
  end
  local target = vim.uri_to_bufnr(uri)
  vim.fn.bufload(target)
  local tick = api.nvim_buf_get_changedtick(target)
  local before = api.nvim_buf_get_lines(target, 0, -1, false)
  local lines = difference(before, edited(target, edits, client.offset_encoding))
  if #lines == 0 then
    notify.info(t('this would change nothing: the text is so already'))
    return
  end
  local buf, win = window(lines, argument.title or command.title or 'a change')
  local function close()
    if api.nvim_win_is_valid(win) then
      api.nvim_win_close(win, true)
    end
  end
  local function map(key, run, desc)
    vim.keymap.set('n', key, run, { buffer = buf, nowait = true, desc = 'airside: ' .. desc })
  end
  map('<CR>', function()
    close()
    if not api.nvim_buf_is_valid(target) or api.nvim_buf_get_changedtick(target) ~= tick then
      notify.warn(t('the file has changed meanwhile, nothing was done'))
      return
    end
    vim.lsp.util.apply_workspace_edit(argument.edit, client.offset_encoding)
  end, t('make this change'))
  for _, key in ipairs({ 'q', '<Esc>' }) do
    map(key, close, t('leave the text as it is'))
  end
  api.nvim_create_autocmd('WinLeave', { buffer = buf, once = true, callback = vim.schedule_wrap(close) })
end

return M
