-- What came in from teammates: the list, a commit of it, and the lines of open files.
local t = require('airside.l10n').t
local notify = require('airside.notify')

local M = {}
local api = vim.api

local namespace = api.nvim_create_namespace('airside.new')

-- So many lines of a buffer are marked at most.
local MOST = 2000

local function highlights()
  local green = vim.fn.hlexists('Added') == 1 and 'Added' or 'DiffAdd'
  api.nvim_set_hl(0, 'AirsideNew', { link = green, default = true })
  api.nvim_set_hl(0, 'AirsideNewFrom', { link = 'NonText', default = true })
end

local function sign(buf, line, text)
  api.nvim_buf_set_extmark(buf, namespace, line, 0, { sign_text = text, sign_hl_group = 'AirsideNew', number_hl_group = 'AirsideNew', priority = 5 })
end

---clear takes the marks off a buffer whose server has gone: nobody else would.
---@param buf integer
function M.clear(buf)
  api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
end

---unmark takes all marks off, whether a server runs or not.
function M.unmark()
  for _, buf in ipairs(api.nvim_list_bufs()) do
    M.clear(buf)
  end
end

---airside/newLines: which lines of a buffer came in, and nobody has edited since.
function M.mark(params)
  local buf = vim.uri_to_bufnr(params.uri)
  if not api.nvim_buf_is_loaded(buf) then
    return
  end
  highlights()
  M.clear(buf)
  local count, marked = api.nvim_buf_line_count(buf), 0
  for _, lines in ipairs(params.lines) do
    if lines.start == lines['end'] then -- taken out before that line
      sign(buf, math.max(0, math.min(lines.start, count) - 1), lines.start == 0 and '▔' or '▁')
    end
    for line = lines.start, math.min(lines['end'], count) - 1 do
      marked = marked + 1
      if marked > MOST then
        return
      end
      sign(buf, line, '┃')
      if line == lines.start then
        api.nvim_buf_set_extmark(buf, namespace, line, 0, { virt_text = { { lines.message, 'AirsideNewFrom' } }, hl_mode = 'combine', priority = 5 })
      end
    end
  end
end

local function ago(time)
  local y, mo, d, h, mi, s = time:match('^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)Z$')
  if not y then
    return ''
  end
  local utc = os.time({ year = y, month = mo, day = d, hour = h, min = mi, sec = s, isdst = false })
  local minutes = math.floor((os.time(os.date('!*t') --[[@as osdateparam]]) - utc) / 60)
  if minutes < 1 then
    return t('just now')
  elseif minutes < 60 then
    return t('%d min ago'):format(minutes)
  elseif minutes < 48 * 60 then
    return t('%d h ago'):format(math.floor(minutes / 60))
  end
  return t('%d days ago'):format(math.floor(minutes / 60 / 24))
end

local function format(c)
  return ('%s %s: %s (%s, %s)'):format(c.new and '*' or ' ', c.mine and t('%s (you)'):format(c.author) or c.author, c.subject, c.branch, ago(c.time))
end

-- open shows a commit. No program that the repository names is run for it: no pager,
-- no differ, nothing that checks signatures (a format may ask for that, too), and
-- nothing is fetched that a partial clone lacks.
local function open(commit, scratch)
  local command = {
    'git', '-C', commit.work_dir, '--no-pager', '-c', 'log.showSignature=false', 'show', '--format=medium',
    '--no-color', '--no-ext-diff', '--no-textconv', '--submodule=short', '--stat', '--patch', commit.hash,
  }
  local ok, err = pcall(vim.system, command, { text = true, env = { GIT_NO_LAZY_FETCH = '1' } }, vim.schedule_wrap(function(out)
    if out.code ~= 0 then
      notify.error(vim.trim(out.stderr or ''))
      return
    end
    scratch('commit ' .. commit.hash:sub(1, 10), vim.split(vim.trim(out.stdout), '\n'), 'git')
  end))
  if not ok then
    notify.error(t('git does not start: %s'):format(tostring(err)))
  end
end

---Lists what came in. Whoever has the list before them has seen it.
---@param news table what airside.sync.news returns
---@param execute fun(command: string, argument: any)
---@param scratch fun(title: string, lines: string[], filetype: string?)
function M.choose(news, execute, scratch)
  local commits = news and news.commits or {}
  if #commits == 0 then
    notify.info(t('nothing has come in lately'))
    return
  end
  if news.new > 0 then
    execute('airside.sync.seen', { latest = news.latest })
  end
  vim.ui.select(commits, { prompt = news.message ~= '' and news.message or t('What came in'), kind = 'airside.news', format_item = format }, function(c)
    if c then
      open(c, scratch)
    end
  end)
end

return M
