-- :Airside conflict: a merge that needs the user, from the list of places to the
-- commit. The merge is git's own, so that any other tool can go on with it.
local t = require('airside.l10n').t
local notify = require('airside.notify')

local M = {}
local api = vim.api

local function folder()
  local name = vim.bo.buftype == '' and api.nvim_buf_get_name(0) or ''
  return name ~= '' and vim.fs.dirname(name) or vim.uv.cwd()
end

---@return vim.SystemCompleted?
local function git(dir, ...)
  local ok, out = pcall(function(...)
    return vim.system({ 'git', '-C', dir, ... }, { text = true }):wait(30000)
  end, ...)
  if not ok then
    notify.error(t('git does not start: %s'):format(tostring(out)))
    return nil
  end
  return out
end

local function top(dir)
  local out = git(dir, 'rev-parse', '--show-toplevel')
  if not out or out.code ~= 0 then
    notify.error(t('no git repository: %s'):format(dir))
    return nil
  end
  return (out.stdout:gsub('\n$', ''))
end

local function merging(root)
  local out = git(root, 'rev-parse', '-q', '--verify', 'MERGE_HEAD')
  return out ~= nil and out.code == 0
end

---@return string[] paths that git has not been told are settled
local function unmerged(root)
  local out = git(root, 'diff', '--name-only', '--diff-filter=U', '-z')
  return out and vim.split(out.stdout, '\0', { trimempty = true }) or {}
end

-- lines of a file as they are in Neovim, or on the disk.
local function lines(path)
  local buf = vim.fn.bufnr('^' .. vim.fn.escape(path, '\\*?[]{},') .. '$')
  if buf > 0 and api.nvim_buf_is_loaded(buf) then
    return api.nvim_buf_get_lines(buf, 0, -1, false)
  end
  local ok, text = pcall(vim.fn.readfile, path)
  return ok and text or {}
end

---@class airside.Block lines of the markers, from 1
---@field ours integer
---@field base integer?
---@field middle integer
---@field theirs integer

---@return airside.Block[]
local function blocks(list)
  local found, open = {}, nil
  for n, line in ipairs(list) do
    if line:match('^<<<<<<< ') then
      open = { ours = n }
    elseif open and line:match('^||||||| ?') and not open.middle then
      open.base = n
    elseif open and line == '=======' and not open.middle then
      open.middle = n
    elseif open and open.middle and line:match('^>>>>>>> ') then
      open.theirs = n
      found[#found + 1], open = open, nil
    end
  end
  return found
end

-- list puts every place into the quickfix list, and goes to the first.
local function list(root)
  local items = {}
  for _, name in ipairs(unmerged(root)) do
    local path = root .. '/' .. name
    local text = lines(path)
    local found = blocks(text)
    for _, b in ipairs(found) do
      items[#items + 1] = { filename = path, lnum = b.ours, text = t('conflict: %s | %s'):format(vim.trim(text[b.ours + 1]), vim.trim(text[b.middle + 1])) }
    end
    if #found == 0 then
      items[#items + 1] = { filename = path, lnum = 1, text = t('without markers: settled, or a side deleted or renamed it') }
    end
  end
  vim.fn.setqflist({}, ' ', { title = 'Airside conflict', items = items })
  if #items == 0 then
    notify.info(merging(root) and t('nothing is left to settle: `:Airside conflict commit` ends the merge') or t('no conflict'))
    return
  end
  vim.cmd('silent botright copen ' .. math.min(#items + 1, 10))
  vim.cmd('wincmd p')
  vim.cmd('silent cfirst')
  vim.cmd('redraw')
  notify.info(t('%d to settle by :Airside conflict ours|theirs|both|diff, then commit'):format(#items))
end

-- pick replaces the conflict at the cursor by a side, in one step of undo.
local function pick(side)
  local text = api.nvim_buf_get_lines(0, 0, -1, false)
  local row = api.nvim_win_get_cursor(0)[1]
  for _, b in ipairs(blocks(text)) do
    if b.ours <= row and row <= b.theirs then
      local kept = {}
      if side ~= 'theirs' then
        vim.list_extend(kept, text, b.ours + 1, (b.base or b.middle) - 1)
      end
      if side ~= 'ours' then
        vim.list_extend(kept, text, b.middle + 1, b.theirs - 1)
      end
      api.nvim_buf_set_lines(0, b.ours - 1, b.theirs, false, kept)
      local left = blocks(api.nvim_buf_get_lines(0, 0, -1, false))
      if left[1] then
        api.nvim_win_set_cursor(0, { left[1].ours, 0 })
      end
      return
    end
  end
  notify.error(t('no conflict at the cursor; `:Airside conflict` lists them'))
end

-- diff shows ours, the file and theirs side by side, in a tab of their own.
local function diff(root)
  local path = vim.uv.fs_realpath(api.nvim_buf_get_name(0)) or ''
  local name = vim.startswith(path, root .. '/') and path:sub(#root + 2) or ''
  if not vim.tbl_contains(unmerged(root), name) then
    notify.error(t('this file is not in conflict; `:Airside conflict` lists those that are'))
    return
  end
  local filetype, file = vim.bo.filetype, api.nvim_get_current_buf()
  vim.cmd('tab split')
  vim.cmd('diffthis')
  local middle = api.nvim_get_current_win()
  for stage, side in pairs({ [2] = 'ours', [3] = 'theirs' }) do
    local out = git(root, 'show', '--no-textconv', (':%d:%s'):format(stage, name))
    vim.cmd(stage == 2 and 'leftabove vnew' or 'rightbelow vnew')
    local buf = api.nvim_get_current_buf()
    local text = out and out.code == 0 and out.stdout:gsub('\n$', '') or ''
    api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text, '\n'))
    vim.bo[buf].buftype, vim.bo[buf].bufhidden, vim.bo[buf].modifiable = 'nofile', 'wipe', false
    pcall(api.nvim_buf_set_name, buf, ('airside://%s/%s'):format(side, name))
    vim.bo[buf].syntax = filetype -- and no server for it
    vim.wo.winbar = side
    vim.cmd('diffthis')
    api.nvim_set_current_win(middle)
  end
  assert(api.nvim_get_current_buf() == file)
  vim.cmd('redraw')
  notify.info(t(':diffget ours or theirs takes a change, :tabclose ends'))
end

-- commit ends the merge, once nothing is left of it.
local function commit(root, done)
  if not merging(root) then
    notify.error(t('no merge is under way; `:Airside conflict` starts the one that waits'))
    return
  end
  local left = unmerged(root)
  for _, name in ipairs(left) do
    local path = root .. '/' .. name
    local buf = vim.fn.bufnr('^' .. vim.fn.escape(path, '\\*?[]{},') .. '$')
    if buf > 0 and vim.bo[buf].modified then
      notify.error(t('%s is not saved'):format(name))
      return
    end
    if #blocks(lines(path)) > 0 then
      notify.error(t('%s has a conflict yet; `:Airside conflict` lists it'):format(name))
      return
    end
  end
  if #left > 0 then
    local out = git(root, 'add', '-A', '--', unpack(left))
    if not out or out.code ~= 0 then
      notify.error(out and vim.trim(out.stderr) or t('git add failed'))
      return
    end
  end
  local out = git(root, 'commit', '--no-edit')
  if not out or out.code ~= 0 then
    notify.error('git commit: ' .. vim.trim(out and (out.stderr .. out.stdout) or ''))
    return
  end
  vim.fn.setqflist({}, 'r', { title = 'Airside conflict', items = {} })
  pcall(vim.cmd, 'cclose')
  done()
end

local function abort(root)
  local out = git(root, 'merge', '--abort')
  if out and out.code == 0 then
    vim.cmd('silent! checktime')
    vim.fn.setqflist({}, 'r', { title = 'Airside conflict', items = {} })
    pcall(vim.cmd, 'cclose')
    notify.info(t('the merge is given up; everything is as it was, and the conflict waits'))
  elseif out then
    notify.error(vim.trim(out.stderr))
  end
end

M.words = { 'diff', 'ours', 'theirs', 'both', 'proposal', 'commit', 'abort' }

---@param what string? one of M.words, nil to begin
---@param server {resolve: fun(done: fun()), propose: fun(), sync: fun()} what only the server can do
function M.run(what, server)
  if what == 'ours' or what == 'theirs' or what == 'both' then
    pick(what)
    return
  elseif what == 'proposal' then
    server.propose()
    return
  end
  local root = top(folder())
  if not root then
    return
  end
  if what == 'diff' then
    diff(root)
  elseif what == 'abort' then
    abort(root)
  elseif what == 'commit' then
    commit(root, function()
      notify.info(t('merged; it goes out with the next sync'))
      server.sync()
    end)
  elseif what then
    notify.error(t('conflict %s? One of: %s'):format(what, table.concat(M.words, ', ')))
  elseif merging(root) then
    list(root)
  else
    server.resolve(function()
      vim.cmd('silent! checktime')
      list(root)
    end)
  end
end

return M
