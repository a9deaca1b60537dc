-- :Airside …
local t = require('airside.l10n').t
local client = require('airside.client')
local compat = require('airside.compat')
local notify = require('airside.notify')

local M = {}
local api = vim.api

-- execute runs a command of the server.
local function execute(name, argument, done)
  local c = client.get()
  if not c then
    notify.error(t('no server runs; open a file, or see :checkhealth airside'))
    return
  end
  local offered = (c.server_capabilities.executeCommandProvider or {}).commands or {}
  if not vim.tbl_contains(offered, name) then
    notify.error(t('this server has no command %s; a newer airside may have'):format(name))
    return
  end
  if type(argument) == 'table' and next(argument) == nil then
    argument = vim.empty_dict() -- JSON would have it as a list
  end
  compat.request(c, 'workspace/executeCommand', {
    command = name,
    arguments = argument ~= nil and { argument } or nil,
  }, function(err, result)
    if err then
      notify.error(err.message or vim.inspect(err))
    elseif done then
      done(result)
    end
  end, 0)
end

local function scratch(title, lines, filetype)
  vim.cmd('botright new')
  local buf = api.nvim_get_current_buf()
  vim.bo[buf].buftype, vim.bo[buf].bufhidden, vim.bo[buf].swapfile = 'nofile', 'wipe', false
  api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  vim.bo[buf].filetype = filetype or ''
  pcall(api.nvim_buf_set_name, buf, 'airside://' .. title)
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true })
end

-- program shows what a subcommand of the program prints.
local function program(args)
  local cmd, why = client.command()
  if not cmd then
    notify.error(why)
    return
  end
  local c = client.get()
  local dir = c and c.config.root_dir or vim.uv.cwd()
  local all = vim.list_extend({ cmd[1] }, args)
  local ok, err = pcall(vim.system, all, { cwd = dir, text = true, env = { NO_COLOR = '1' } }, vim.schedule_wrap(function(out)
    local text = vim.trim((out.stdout or '') .. (out.stderr or ''))
    if text == '' then
      text = t('%s: nothing to tell'):format(table.concat(args, ' '))
    end
    scratch(table.concat(args, ' '), vim.split(text, '\n'))
  end))
  if not ok then
    notify.error(t('%s does not start: %s'):format(cmd[1], err))
  end
end

local function uri()
  local name = api.nvim_buf_get_name(0)
  return name ~= '' and vim.bo.buftype == '' and vim.uri_from_bufnr(0) or nil
end

local function told(result)
  if type(result) ~= 'table' then
    return
  elseif result.state == 'CONFLICT' then
    -- Short: what does not fit asks for a key.
    local list = result.conflicts or {}
    local proposed = (result.message or ''):find(':Airside conflict proposal', 1, true)
    local where = #list == 1 and list[1].path or #list .. ' files'
    notify.warn((proposed and t('conflict in %s, see :Airside conflict or conflict proposal') or t('conflict in %s, see :Airside conflict')):format(where))
  elseif (result.message or '') ~= '' then
    notify.info(result.message)
  end
end

-- pause is for this buffer alone, or for all: for so many minutes, or until
-- Neovim ends.
local function pause(where)
  local minutes = tonumber(where)
  if where == 'buffer' then
    vim.b.airside_paused = true
  elseif where == nil or where == 'restart' then
    client.pause()
  elseif minutes and minutes > 0 then
    client.pause(minutes)
  else
    notify.error(t('pause %s? A number of minutes, restart, or buffer'):format(where))
    return
  end
  require('airside.suggest').dismiss()
  require('airside.status').refresh()
end

local function resume(where)
  vim.b.airside_paused = nil
  if where ~= 'buffer' then
    vim.g.airside_paused = nil
    client.pause(0)
  end
  require('airside.status').refresh()
end

-- showStats shows how it does, as the server draws it.
local function showStats(result)
  scratch('stats', result.text or {})
  vim.cmd([[
    syntax match AirsideStatsBar /[▁▂▃▄▅▆▇█▏▎▍▌▋▊▉]\+/
    syntax match AirsideStatsTitle /\%1l.*/
    syntax match AirsideStatsHead /^\(Language\|Model\|Characters\) .*/
    highlight default link AirsideStatsBar String
    highlight default link AirsideStatsTitle Title
    highlight default link AirsideStatsHead Statement
  ]])
end

-- resetStats asks first.
local function resetStats()
  local yes = t('Begin to count anew')
  vim.ui.select({ yes, t('Go on counting') }, { prompt = t('Reset? `:Airside stats undo` takes it back.') }, function(choice)
    if choice == yes then
      execute('airside.stats', { reset = true }, function(result)
        notify.info(result.message)
      end)
    end
  end)
end

-- ask has a text from the arguments or from the user.
local function ask(prompt, args, from, done)
  local text = table.concat(args, ' ', from)
  if text ~= '' then
    done(text)
    return
  end
  vim.ui.input({ prompt = prompt }, function(input)
    if input and vim.trim(input) ~= '' then
      done(input)
    end
  end)
end

-- threadHere is the open review thread under the cursor, as the server places it.
local function threadHere(done)
  local line = api.nvim_win_get_cursor(0)[1] - 1
  execute('airside.comment.list', { uri = uri() }, function(result)
    for _, each in ipairs(type(result) == 'table' and result.threads or {}) do
      local r = each.range
      if not each.resolved and r.start.line <= line and line <= r['end'].line then
        done(each.id)
        return
      end
    end
    notify.error(t('no open review thread on this line; `:Airside comment list` shows them all, and their IDs can be named'))
  end)
end

-- thread is the review thread that the arguments name, by its ID or six digits of it
-- or more, else the one under the cursor; from is where other arguments begin.
---@param done fun(id: string, from: integer)
local function thread(args, done)
  local function here()
    threadHere(function(id)
      done(id, 2)
    end)
  end
  local name = args[2] or ''
  if #name < 6 or name:find('%X') then
    here()
    return
  end
  execute('airside.comment.list', {}, function(result)
    for _, each in ipairs(type(result) == 'table' and result.threads or {}) do
      if vim.startswith(each.id, name) then
        done(each.id, 3)
        return
      end
    end
    here()
  end)
end

-- reply is the command of the code action, which has no text with it.
function M.reply(command)
  local argument = (command.arguments or {})[1] or {}
  ask(t('Reply: '), { argument.body }, 1, function(text)
    execute('airside.comment.reply', { uri = argument.uri, thread = argument.thread, body = text })
  end)
end

-- chooseModel has the user choose who answers, from what airside.model.select lists.
local function chooseModel(models)
  local choices = vim.list_extend(vim.deepcopy(models or {}), { { backend = 'auto', model = '' } })
  vim.ui.select(choices, {
    prompt = t('Who answers?'),
    kind = 'airside.model',
    format_item = function(m)
      if m.backend == 'auto' then
        return '  ' .. t('automatic: what the settings say, and the best there is')
      end
      local why = m.model == '' and t('not available: %s'):format(m.error or '') or m.current and m.why or ''
      return ('%s %s (%s)%s'):format(m.current and '*' or ' ', m.model ~= '' and m.model or 'none', m.backend, why ~= '' and ': ' .. why or '')
    end,
  }, function(m)
    if not m then
      return
    elseif m.model == '' and m.backend ~= 'auto' then
      notify.warn(t('%s has no model: %s'):format(m.backend, m.error or ''))
      return
    end
    execute('airside.model.select', { backend = m.backend, model = m.model })
  end)
end

-- commitMessage puts a message before what the buffer of a commit has, or shows it. It is
-- the program's work: git's editor may be a Neovim in which no server runs, and only it has
-- the environment that git gave, in which "commit -a" names what is committed.
local function commitMessage()
  local cmd, why = client.command()
  if not cmd then
    notify.error(why)
    return
  end
  local buf = api.nvim_get_current_buf()
  local writes = vim.bo[buf].filetype == 'gitcommit' and vim.bo[buf].modifiable
  local tick = api.nvim_buf_get_changedtick(buf)
  local c = client.get()
  local dir = writes and vim.env.GIT_DIR and vim.uv.cwd() or c and c.config.root_dir or vim.uv.cwd()
  local ok, err = pcall(vim.system, { cmd[1], 'commit-message' }, { cwd = dir, text = true, env = { NO_COLOR = '1' } }, vim.schedule_wrap(function(out)
    local lines = vim.split(vim.trim(out.stdout or ''), '\n')
    if lines[1] == '' then
      notify.error((vim.trim(out.stderr or ''):gsub('^airside: ', '')))
    elseif not writes then
      scratch('commit-message', lines, 'gitcommit')
    elseif api.nvim_buf_is_valid(buf) and api.nvim_buf_get_changedtick(buf) == tick then
      local first = api.nvim_buf_get_lines(buf, 0, 1, false)[1]
      api.nvim_buf_set_lines(buf, 0, first == '' and 1 or 0, false, first == '' and lines or vim.list_extend(lines, { '' }))
    else
      notify.warn(t('the text has changed meanwhile; nothing was put into it'))
    end
  end))
  if not ok then
    notify.error(t('%s does not start: %s'):format(cmd[1], err))
  end
end

local traces = { 'shown', 'reason', 'backend', 'model', 'cachedBy', 'form' }

local commands ---@type table<string, {run: fun(args: string[], command: table), words: string[]?}>
commands = {
  review = {
    words = { 'file', 'function', 'worktree', 'branch', 'dismiss', 'undismiss', 'publish', 'clear' },
    run = function(args, command)
      local what = args[1] or 'file'
      if not vim.tbl_contains(commands.review.words, what) then
        notify.error(t('review %s? One of: %s'):format(what, table.concat(commands.review.words, ', ')))
        return
      end
      local lines = {
        start = { line = command.line1 - 1, character = 0 },
        ['end'] = { line = command.line2 - 1, character = vim.v.maxcol },
      }
      if what == 'dismiss' then
        execute('airside.review.dismiss', { uri = uri(), range = lines }, told)
      elseif what == 'publish' then
        execute('airside.review.publish', { uri = uri(), range = lines, body = table.concat(args, ' ', 2) }, told)
      elseif what == 'undismiss' or what == 'clear' then
        execute('airside.review.' .. what, { uri = uri() }, told)
      else
        local cursor = { line = command.line1 - 1, character = 0 }
        local range = what == 'function' and { start = cursor, ['end'] = cursor } or nil
        execute('airside.review', { scope = what, uri = uri(), base = args[2], range = range }, told)
      end
    end,
  },
  sync = {
    words = { 'now', 'news', 'unmark', 'enable', 'disable', 'status', 'log', 'undo', 'resolve' },
    run = function(args)
      local what = args[1] or 'status'
      if what == 'status' or what == 'log' then
        program({ 'sync', what })
      elseif what == 'now' or what == 'disable' then
        execute('airside.sync.' .. what, { uri = uri() }, told)
      elseif what == 'news' then
        execute('airside.sync.news', {}, function(news)
          require('airside.news').choose(news, execute, scratch)
        end)
      elseif what == 'unmark' then
        require('airside.news').unmark()
        execute('airside.sync.unmark', {})
      elseif what == 'enable' then
        execute('airside.sync.enable', { uri = uri(), branches = #args > 1 and vim.list_slice(args, 2) or nil }, told)
      elseif what == 'undo' then
        execute('airside.sync.undo', { uri = uri(), operation = args[2] }, told)
      elseif what == 'resolve' then
        execute('airside.sync.resolve', { uri = uri(), branch = args[2] }, function(result)
          told(result)
          vim.cmd('silent! checktime')
        end)
      else
        notify.error(t('sync %s? One of: %s'):format(what, table.concat(commands.sync.words, ', ')))
      end
    end,
  },
  ['commit-message'] = {
    run = commitMessage,
  },
  conflict = {
    words = require('airside.conflict').words,
    run = function(args)
      local at = uri()
      require('airside.conflict').run(args[1], {
        resolve = function(done)
          execute('airside.sync.resolve', { uri = at }, done)
        end,
        propose = function()
          execute('airside.sync.resolve', { uri = at, proposal = true }, function(result)
            if result.merged then
              notify.info(t('merged as proposed; :Airside sync undo takes it back'))
            else
              told(result)
            end
            vim.cmd('silent! checktime')
          end)
        end,
        sync = function()
          execute('airside.sync.now', { uri = at }, told)
        end,
      })
    end,
  },
  comment = {
    words = { 'add', 'reply', 'resolve', 'reopen', 'list' },
    run = function(args, command)
      local what = args[1]
      if what == 'list' then
        program({ 'comments', 'list' })
      elseif what == 'add' then
        local range = {
          start = { line = command.line1 - 1, character = 0 },
          ['end'] = { line = command.line2, character = 0 },
        }
        local u = uri()
        ask(t('Comment: '), args, 2, function(text)
          execute('airside.comment.add', { uri = u, range = range, body = text })
        end)
      elseif what == 'reply' then
        thread(args, function(id, from)
          ask(t('Reply: '), args, from, function(text)
            execute('airside.comment.reply', { uri = uri(), thread = id, body = text })
          end)
        end)
      elseif what == 'resolve' then
        thread(args, function(id)
          execute('airside.comment.resolve', { uri = uri(), thread = id })
        end)
      elseif what == 'reopen' and args[2] then
        execute('airside.comment.reopen', { uri = uri(), thread = args[2] })
      else
        notify.error(t('comment %s? One of: add, reply, resolve, reopen ID, list'):format(what or ''))
      end
    end,
  },
  trust = {
    words = { 'remove' },
    run = function(args)
      client.trust(args[1] ~= 'remove')
    end,
  },
  why = {
    run = function()
      execute('airside.why', nil, function(result)
        local lines = {}
        for _, trace in ipairs(result or {}) do
          if not trace.speculative then
            lines[#lines + 1] = trace.summary
          end
        end
        for _, trace in ipairs(result or {}) do
          vim.list_extend(lines, { '', trace.summary })
          for _, key in ipairs(traces) do
            if trace[key] and trace[key] ~= '' then
              vim.list_extend(lines, vim.split(('  %-8s %s'):format(key, trace[key]), '\n'))
            end
          end
          for _, snippet in ipairs(trace.snippets or {}) do
            lines[#lines + 1] = ('  %-8s %s'):format('snippet', snippet.summary)
          end
          local ms = trace.timingsMs or {}
          lines[#lines + 1] = t('  %-8s context %.1f, prompt %.1f, first token %.1f, total %.1f'):format(
            'ms', ms.context or 0, ms.prompt or 0, ms.firstToken or 0, ms.total or 0)
        end
        scratch('why', #lines > 0 and lines or { t('nothing was asked yet') })
      end)
    end,
  },
  alternatives = {
    run = function()
      require('airside.alternatives').show()
    end,
  },
  model = {
    run = function(args)
      if args[1] then
        execute('airside.model.select', { model = args[1] })
        return
      end
      execute('airside.model.select', nil, chooseModel)
    end,
  },
  pause = {
    words = { '5', '30', '60', 'restart', 'buffer' },
    run = function(args)
      pause(args[1])
    end,
  },
  resume = {
    words = { 'buffer' },
    run = function(args)
      resume(args[1])
    end,
  },
  stats = {
    words = { 'reset', 'undo' },
    run = function(args)
      if args[1] == 'reset' then
        resetStats()
      else
        execute('airside.stats', args[1] == 'undo' and { undo = true } or nil, showStats)
      end
    end,
  },
  doctor = {
    run = function()
      program({ 'doctor' })
    end,
  },
  log = {
    run = function()
      local path = vim.lsp.log and vim.lsp.log.get_filename and vim.lsp.log.get_filename() or vim.lsp.get_log_path()
      vim.cmd('botright split ' .. vim.fn.fnameescape(path))
      vim.cmd('normal! G')
    end,
  },
  restart = {
    run = function()
      client.restart()
    end,
  },
}

local function names()
  local list = vim.tbl_keys(commands)
  table.sort(list)
  return list
end

function M.run(command)
  local args = command.fargs
  local name = table.remove(args, 1)
  if not name then
    notify.info(t('one of: %s'):format(table.concat(names(), ', ')))
  elseif not commands[name] then
    notify.error(t('%s? One of: %s'):format(name, table.concat(names(), ', ')))
  else
    commands[name].run(args, command)
  end
end

function M.complete(lead, line)
  local words = vim.split(vim.trim(line:sub(1, #line - #lead)):gsub('^.-Airside%s*', ''), '%s+', { trimempty = true })
  local list = {}
  if #words == 0 then
    list = names()
  elseif #words == 1 and commands[words[1]] then
    list = commands[words[1]].words or {}
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, list)
end

return M
