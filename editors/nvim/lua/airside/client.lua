-- The server: found, started, watched over.
local t = require('airside.l10n').t
local config = require('airside.config')
local notify = require('airside.notify')
local status = require('airside.status')

local M = {}
local api = vim.api

-- A server that ends this many times, each within `quick` ms of its start, is
-- not started again by itself.
local MOST, QUICK = 4, 60000

-- What is done here in the place of command lines: the server's messages name it.
local WORDS = {
  ['airside sync'] = ':Airside sync now',
  ['airside sync enable'] = ':Airside sync enable',
  ['airside sync disable'] = ':Airside sync disable',
  ['airside sync status'] = ':Airside sync status',
  ['airside sync log'] = ':Airside sync log',
  ['airside sync undo'] = ':Airside sync undo',
  ['airside sync resolve'] = ':Airside conflict',
  ['airside sync resolve --proposal'] = ':Airside conflict proposal',
  ['airside comments list'] = ':Airside comment list',
  ['airside comments reply'] = ':Airside comment reply',
  ['airside trust'] = ':Airside trust',
  ['airside doctor'] = ':Airside doctor',
  ['airside review'] = ':Airside review worktree',
}

local stopping = {} ---@type table<integer, boolean> clients that are meant to end
local ends = 0 -- in a row
local told = {} ---@type table<string, boolean>

-- once tells something a single time.
local function once(message)
  if not told[message] then
    told[message] = true
    vim.schedule(function()
      notify.error(message)
    end)
  end
end

---The server's command: what is configured, else `airside` on $PATH, else beside
---the plugin.
---@return string[]? cmd
---@return string why not
function M.command()
  local cmd = config.get().cmd
  if cmd then
    if vim.fn.executable(cmd[1]) == 1 then
      return cmd, ''
    end
    return nil, t('%s, as setup{ cmd } names it, is not a program that can be run'):format(cmd[1])
  end
  local plugin = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h:h:h')
  for _, path in ipairs({ 'airside', plugin .. '/bin/airside', plugin .. '/../../airside' }) do
    local found = vim.fn.exepath(path)
    if found ~= '' then
      return { found }, ''
    end
  end
  return nil, t('the program airside is neither on $PATH nor in %s'):format(plugin .. '/bin')
end

-- Where to suggest is the server's to decide: reviews and comments are everywhere.
local function excluded(buf)
  local filetypes = config.get().filetypes
  return vim.bo[buf].buftype ~= '' or vim.bo[buf].filetype == '' or filetypes ~= nil and #filetypes == 0
end

local function capabilities()
  local c = vim.lsp.protocol.make_client_capabilities()
  -- Neovim before 0.12 does not say so; the server would use the popup menu.
  c.textDocument.inlineCompletion = { dynamicRegistration = false }
  c.experimental = vim.tbl_extend('force', c.experimental or {}, {
    airsideStatus = true, airsideSuggestionReady = true, airsidePreview = true, airsideNewLines = true, airsideNextEdits = true, airsideWords = WORDS,
  })
  return c
end

local start

-- again starts the server anew for the buffers that it had, a little later each
-- time. Neovim itself has told that it ended.
local function again(buffers, started)
  ends = vim.uv.now() - started < QUICK and ends + 1 or 1
  if ends >= MOST then
    status.failed('stopped')
    once(t('the server has ended %d times in a row and is not started again; :Airside log tells why, :Airside restart tries again'):format(ends))
    return
  end
  status.failed('restarting')
  vim.defer_fn(function()
    for _, buf in ipairs(buffers) do
      if api.nvim_buf_is_loaded(buf) then
        start(buf)
      end
    end
  end, 500 * 2 ^ ends)
end

function start(buf)
  local cmd, why = M.command()
  if not cmd then
    status.failed('missing')
    once(t('%s. Install it (make install), or see :help airside-server'):format(why))
    return
  end
  local c = config.get()
  local name = api.nvim_buf_get_name(buf)
  local started = vim.uv.now()
  local buffers = {}
  local user = vim.lsp.config and vim.lsp.config.airside or {}
  local options = vim.tbl_deep_extend('force', {
    name = 'airside',
    cmd = cmd,
    root_dir = vim.fs.root(buf, c.root) or (name ~= '' and vim.fs.dirname(name) or vim.uv.cwd()),
    init_options = config.server(),
    settings = { airside = config.server() },
    workspace_required = false,
  }, { settings = user.settings, init_options = user.init_options })
  options.capabilities = capabilities()
  options.before_init = function(params)
    params.locale = require('airside.l10n').language()
  end
  options.handlers = vim.tbl_extend('keep', options.handlers or {}, {
    ['$/progress'] = function(err, params, ...)
      if not require('airside.alternatives').progress(params) then
        return vim.lsp.handlers['$/progress'](err, params, ...)
      end
    end,
  })
  options.on_attach = function(_, attached)
    buffers[#buffers + 1] = attached
  end
  options.on_exit = function(code, signal, id)
    vim.schedule(function()
      status.gone(id)
      local meant = stopping[id]
      stopping[id] = nil
      if not meant and vim.v.exiting == vim.NIL and not (code == 0 and signal == 0) then
        again(buffers, started)
      end
    end)
  end
  if vim.lsp.start(options, { bufnr = buf, silent = true }) then
    status.failed(nil)
  end
end

---Starts the server for a buffer that is to have it, or lets it join.
function M.open(buf)
  if api.nvim_buf_is_valid(buf) and not excluded(buf) then
    start(buf)
  end
end

-- How long the cursor has to rest, in ms, for the server to hear of it: it reads
-- then what would be asked there.
local REST = 150

local resting = assert(vim.uv.new_timer())

-- rests tells the server that the cursor of a buffer rests, once it does.
local function rests(buf)
  resting:stop()
  resting:start(REST, 0, vim.schedule_wrap(function()
    local client = vim.lsp.get_clients({ bufnr = buf, name = 'airside' })[1]
    if not client or api.nvim_get_current_buf() ~= buf or api.nvim_get_mode().mode ~= 'n' then
      return
    end
    local cursor = api.nvim_win_get_cursor(0)
    require('airside.compat').notify(client, 'airside/cursorRests', {
      textDocument = { uri = vim.uri_from_bufnr(buf) },
      position = { line = cursor[1] - 1, character = require('airside.compat').units(api.nvim_get_current_line(), cursor[2], client.offset_encoding) },
    })
  end))
end

local watched = {} ---@type table<integer, table> by buffer, what its callbacks know each other by

local function watch(buf)
  local group = api.nvim_create_augroup('airside.buffer.' .. buf, {})
  local suggest = require('airside.suggest')
  local this = {}
  watched[buf] = this
  -- Behind the client's own, which is there already and notes the change.
  api.nvim_buf_attach(buf, false, {
    on_lines = function(_, _, tick, first, last, now)
      if watched[buf] ~= this then
        return true
      end
      suggest.changed(buf, tick, first, last, now)
    end,
  })
  api.nvim_create_autocmd('InsertCharPre', { group = group, buffer = buf, callback = suggest.typing })
  api.nvim_create_autocmd({ 'TextChangedI', 'TextChangedP', 'CursorMovedI' }, {
    group = group,
    buffer = buf,
    callback = function()
      suggest.update()
    end,
  })
  api.nvim_create_autocmd({ 'CursorMoved', 'BufEnter' }, {
    group = group,
    buffer = buf,
    callback = function()
      rests(buf)
    end,
  })
  rests(buf)
  api.nvim_create_autocmd('InsertEnter', {
    group = group,
    buffer = buf,
    -- The mode is insert only afterwards.
    callback = vim.schedule_wrap(function()
      if api.nvim_get_current_buf() == buf and api.nvim_get_mode().mode:sub(1, 1) == 'i' then
        suggest.update(true)
      end
    end),
  })
  api.nvim_create_autocmd({ 'InsertLeave', 'BufLeave', 'LspDetach' }, {
    group = group,
    buffer = buf,
    callback = function(event)
      if event.event ~= 'LspDetach' then
        suggest.leave()
        return
      end
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == 'airside' then
        suggest.leave()
        watched[buf] = nil
        require('airside.news').clear(buf)
        require('airside.keys').unmap(buf)
        vim.schedule(function()
          if not watched[buf] then
            pcall(api.nvim_del_augroup_by_name, 'airside.buffer.' .. buf)
          end
        end)
      end
    end,
  })
end

local paused ---@type table? arguments of airside.snooze; nil for no pause
local knows = {} ---@type table<integer, boolean> servers that were told of it

local function snooze(client, arguments, done)
  require('airside.compat').request(client, 'workspace/executeCommand', {
    command = 'airside.snooze',
    arguments = { arguments },
  }, function(err, result)
    if err then
      notify.error(err.message or vim.inspect(err))
    elseif done then
      done(result)
    end
  end, 0)
end

---Pauses every server, and those that start later: for so many minutes, or until
---Neovim ends. 0 ends the pause.
---@param minutes number? nil for until Neovim ends
function M.pause(minutes)
  paused = nil
  if not minutes then
    paused = { untilRestart = true }
  elseif minutes > 0 then
    paused = { ['until'] = os.date('!%Y-%m-%dT%H:%M:%SZ', os.time() + math.floor(minutes * 60)) }
  end
  local clients = vim.lsp.get_clients({ name = 'airside' })
  for i, client in ipairs(clients) do
    snooze(client, minutes and { minutes = minutes } or paused, i == 1 and function(result)
      if result.paused then
        notify.info(result.message)
      end
    end or nil)
  end
end

---A client of this name has been attached to a buffer, by us or by the user.
function M.attached(client, buf)
  if not client.server_capabilities.inlineCompletionProvider then
    local info = client.server_info or {}
    once(t('%s %s is too old for this plugin: it has no inline completion. Install the version that came with the plugin'):format(
      client.config.cmd and type(client.config.cmd) == 'table' and client.config.cmd[1] or t('the server'), info.version or ''))
    return
  end
  -- Neovim's own would show everything twice.
  if vim.lsp.inline_completion then
    pcall(vim.lsp.inline_completion.enable, false, { client_id = client.id })
  end
  if not knows[client.id] then
    knows[client.id] = true
    if paused then -- before this server was there, or before it was started anew
      snooze(client, paused)
    end
  end
  watch(buf)
  require('airside.keys').map(buf)
  require('airside.next').watch(buf)
end

---@return vim.lsp.Client?
function M.get()
  return vim.lsp.get_clients({ bufnr = 0, name = 'airside' })[1] or vim.lsp.get_clients({ name = 'airside' })[1]
end

---Ends all servers and starts them for the loaded buffers.
function M.restart()
  ends, told = 0, {}
  for _, client in ipairs(vim.lsp.get_clients({ name = 'airside' })) do
    stopping[client.id] = true
    require('airside.compat').stop(client)
  end
  local tries = 0
  local function open()
    tries = tries + 1
    if #vim.lsp.get_clients({ name = 'airside' }) > 0 and tries < 100 then
      vim.defer_fn(open, 50)
      return
    end
    for _, buf in ipairs(api.nvim_list_bufs()) do
      if api.nvim_buf_is_loaded(buf) then
        M.open(buf)
      end
    end
  end
  vim.schedule(open)
end

vim.lsp.commands['airside.preview'] = function(command, context)
  require('airside.preview').show(command, context)
end

vim.lsp.commands['airside.comment.reply'] = function(command)
  require('airside.commands').reply(command)
end

-- A sync has changed files that are open and unchanged here: read them again
-- without a question.
vim.lsp.handlers['airside/filesChanged'] = function(_, params)
  for _, uri in ipairs(params and params.uris or {}) do
    local buf = vim.uri_to_bufnr(uri)
    if api.nvim_buf_is_loaded(buf) and not vim.bo[buf].modified then
      local autoread = vim.bo[buf].autoread
      vim.bo[buf].autoread = true
      vim.cmd('silent! checktime ' .. buf)
      vim.bo[buf].autoread = autoread
    end
  end
end

vim.lsp.handlers['airside/newLines'] = function(_, params)
  require('airside.news').mark(params)
end

vim.lsp.handlers['airside/suggestionReady'] = function(_, params, context)
  require('airside.suggest').ready(context.client_id, params)
end

---Says that a folder is trusted, or no more; the server keeps it.
---@param trusted boolean
function M.trust(trusted)
  local c = M.get()
  if not c then
    notify.error(t('no server runs; open a file, or see :checkhealth airside'))
    return
  end
  require('airside.compat').notify(c, 'airside/trust', { uri = vim.uri_from_fname(c.config.root_dir), trusted = trusted })
end

-- tellOfTrust says once of each folder that it is not trusted, and not while
-- somebody types. That it was said the server keeps.
local function tellOfTrust(client, folder)
  if api.nvim_get_mode().mode:sub(1, 1) == 'i' then
    api.nvim_create_autocmd('InsertLeave', {
      once = true,
      callback = vim.schedule_wrap(function()
        tellOfTrust(client, folder)
      end),
    })
    return
  end
  local c = vim.lsp.get_client_by_id(client)
  if c then
    notify.info(t('not trusted, only completions; see :Airside trust')) -- short: no key is asked for
    require('airside.compat').notify(c, 'airside/trust', { uri = vim.uri_from_fname(folder), asked = true })
  end
end

local asked = {} ---@type table<string, boolean> by folder

vim.lsp.handlers['airside/status'] = function(_, params, context)
  status.set(context.client_id, params)
  local trust = params.trust or {}
  if trust.ask and not asked[trust.folder] then
    asked[trust.folder] = true
    tellOfTrust(context.client_id, trust.folder)
  end
end

return M
