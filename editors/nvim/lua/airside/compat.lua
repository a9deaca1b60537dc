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

function M.notify(client, method, params)
  if eleven then
    client:notify(method, params)
  else
    client.notify(method, params)
  end
end

function M.cancel(client, id)
  if eleven then
    client:cancel_request(id)
  else
    client.cancel_request(id)
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
