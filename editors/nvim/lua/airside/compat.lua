-- What differs between Neovim 0.10 and 0.12.
local M = {}

local eleven = vim.fn.has('nvim-0.11') == 1

---@return integer? id
function M.request(client, method, params, handler, buf)
  local ok, id
  if eleven then
    ok, id = client:request(method, params, handler, buf)
  else
    ok, id = client.request(method, params, handler, buf)
  end
  return ok and id or nil
end

-- flush, or nil where this Neovim keeps it elsewhere: sends what has changed.
local found, tracking = pcall(require, 'vim.lsp._changetracking')
local flush = found and type(tracking) == 'table' and tracking.flush or nil

---Whether ask may be called while text is locked, in a callback of nvim_buf_attach.
M.quick = flush ~= nil

---Like request, for what is asked at every key: nobody else is told of it.
---@return {id: integer, quick: boolean}? to be cancelled by stopAsking
function M.ask(client, method, params, handler, buf)
  if not flush then
    local id = M.request(client, method, params, handler, buf)
    return id and { id = id, quick = false }
  end
  flush(client, buf)
  local ok, id = client.rpc.request(method, params, handler)
  return ok and id and { id = id, quick = true } or nil
end

---@param asked {id: integer, quick: boolean}
function M.stopAsking(client, asked)
  if asked.quick then
    client.rpc.notify('$/cancelRequest', { id = asked.id })
  elseif eleven then
    client:cancel_request(asked.id)
  else
    client.cancel_request(asked.id)
  end
end

function M.notify(client, method, params)
  if eleven then
    client:notify(method, params)
  else
    client.notify(method, params)
  end
end

function M.stop(client)
  if eleven then
    client:stop()
  else
    client.stop()
  end
end

function M.stopped(client)
  if eleven then
    return client:is_stopped()
  end
  return client.is_stopped()
end

-- units counts the first `bytes` of line in the units of an LSP encoding.
function M.units(line, bytes, encoding)
  if encoding == 'utf-8' then
    return bytes
  elseif eleven then
    return vim.str_utfindex(line, encoding, bytes, false)
  end
  local utf32, utf16 = vim.str_utfindex(line, math.min(bytes, #line))
  return encoding == 'utf-32' and utf32 or utf16
end

-- bytes is its inverse; what lies beyond the line is its end.
function M.bytes(line, units, encoding)
  if encoding == 'utf-8' then
    return math.min(units, #line)
  elseif eleven then
    return vim.str_byteindex(line, encoding, units, false)
  end
  local ok, bytes = pcall(vim.str_byteindex, line, units, encoding == 'utf-16')
  return ok and bytes or #line
end

return M
