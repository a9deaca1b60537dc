-- What the servers have told of themselves.
local t = require('airside.l10n').t
local M = {}

local told = {} ---@type table<integer, table> by client
local failure ---@type string?
local line = ''

-- Neither a request that runs nor being offline moves the line about: both come
-- and go while people type.
local function describe()
  if failure then
    return 'airside ' .. failure
  end
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'airside' })[1]
  local s = client and told[client.id] or select(2, next(told))
  if not s then
    return ''
  end
  local parts = {}
  local c, sync, review, trust = s.completion or {}, s.sync or {}, s.review or {}, s.trust or {}
  if vim.g.airside_paused or vim.b.airside_paused then
    parts[#parts + 1] = t('airside paused')
  elseif c.state == 'paused' then
    parts[#parts + 1] = (c.minutesLeft or 0) > 0 and t('airside paused, %d min'):format(c.minutesLeft) or t('airside paused')
  elseif (c.withheld or '') ~= '' then
    parts[#parts + 1] = t('airside off here')
  elseif c.state == 'error' then
    parts[#parts + 1] = 'airside: ' .. (c.message or t('no model'))
  elseif c.state == 'starting' then
    parts[#parts + 1] = t('airside starts')
  elseif c.state == 'disabled' then
    parts[#parts + 1] = t('airside off')
  else
    parts[#parts + 1] = (c.model or '') ~= '' and c.model or 'airside'
  end
  if (sync.state or 'disabled') ~= 'disabled' then
    local words = {
      OFFLINE = t('offline'),
      PORTAL = t('offline'),
      BACKOFF = t('offline'),
      AUTH = t('login needed'),
      REJECTED = t('push refused'),
      REWOUND = t('remote rewritten'),
      BUSY = t('sync waits'),
      CONFLICT = sync.conflicts == 1 and t('1 conflict') or t('%d conflicts'):format(sync.conflicts or 0),
    }
    parts[#parts + 1] = words[sync.state]
    local counts = ((sync.ahead or 0) > 0 and '↑' .. sync.ahead or '') .. ((sync.behind or 0) > 0 and '↓' .. sync.behind or '')
    parts[#parts + 1] = counts ~= '' and counts or nil
    parts[#parts + 1] = (sync.news or '') ~= '' and sync.news or nil
  end
  if (review.state or 'disabled') ~= 'disabled' and review.state ~= 'idle' then
    parts[#parts + 1] = (review.message or '') ~= '' and review.message or review.state == 'busy' and t('review busy') or 'review ' .. review.state
  end
  if (trust.folder or '') ~= '' then
    parts[#parts + 1] = t('not trusted')
  end
  return (table.concat(parts, ' '):gsub('%s+', ' '))
end

-- changed draws the statusline again only if it reads differently.
local function changed()
  local now = describe()
  if now ~= line then
    line = now
    vim.cmd('redrawstatus!')
  end
  vim.api.nvim_exec_autocmds('User', { pattern = 'AirsideStatus', modeline = false })
end

function M.set(client, params)
  told[client] = params
  changed()
end

function M.gone(client)
  told[client] = nil
  changed()
end

---@param why string? "missing", "restarting", "stopped"; nil for not at all
function M.failed(why)
  if failure ~= why then
    failure = why
    changed()
  end
end

M.refresh = changed

function M.line()
  return (describe():gsub('%%', '%%%%'))
end

---@return table? what the server told last, as airside/status has it
function M.get()
  local client = require('airside.client').get()
  return client and told[client.id]
end

return M
