-- A server inside Neovim that answers what the test says, when it says so.
-- Returns a table: asked (requests), hold (keep answers back), release(i, items),
-- items (the answer), sent (notifications and commands), ready(i) (tells that there
-- is more for the place that request i asked about), panels (requests for
-- alternatives, which are never answered), find(i, items) (has some come in for one).
local fake = { asked = {}, panels = {}, sent = {}, items = {}, hold = false, commands = { 'airside.accepted' } }

local quiet = { ['textDocument/didOpen'] = true, ['textDocument/didChange'] = true, ['textDocument/didClose'] = true, initialized = true }

function fake.list(params)
  local items = {}
  for i, item in ipairs(fake.items) do
    local at = params.position
    items[i] = {
      insertText = item.text,
      range = {
        start = { line = at.line, character = at.character - (item.back or 0) },
        ['end'] = { line = at.line, character = at.character + (item.over or 0) },
      },
      command = { title = '', command = 'airside.accepted', arguments = { 'id' .. i } },
    }
  end
  return #items > 0 and { items = items } or nil
end

function fake.release(i)
  local ask = fake.asked[i]
  ask.answer(nil, fake.list(ask.params))
end

vim.lsp.start({
  name = 'airside',
  root_dir = vim.uv.cwd(),
  handlers = {
    ['$/progress'] = function(_, params)
      require('airside.alternatives').progress(params)
    end,
  },
  cmd = function(dispatchers)
    function fake.ready(i)
      local asked = fake.asked[i].params
      dispatchers.notification('airside/suggestionReady', {
        textDocument = { uri = asked.textDocument.uri, version = fake.asked[i].version },
        position = asked.position,
      })
    end
    function fake.find(i, items)
      local params = fake.panels[i].params
      fake.items = items
      dispatchers.notification('$/progress', { token = params.partialResultToken, value = fake.list(params) })
    end
    local id, closing = 0, false
    return {
      request = function(method, params, callback, notify)
        id = id + 1
        local this = id
        local function answer(err, result)
          vim.schedule(function()
            if notify then
              notify(this)
            end
            callback(err, result, this)
          end)
        end
        if method == 'initialize' then
          answer(nil, {
            capabilities = {
              inlineCompletionProvider = true,
              positionEncoding = fake.encoding or 'utf-16',
              textDocumentSync = { openClose = true, change = 1 },
              executeCommandProvider = { commands = fake.commands },
            },
          })
        elseif method == 'textDocument/inlineCompletion' then
          table.insert(fake.asked, { params = params, answer = answer, id = this, version = fake.version })
          if not fake.hold then
            answer(nil, fake.list(params))
          end
        elseif method == 'textDocument/copilotPanelCompletion' then
          table.insert(fake.panels, { params = params, id = this })
        elseif method == 'workspace/executeCommand' then
          table.insert(fake.sent, { method = params.command, params = params.arguments })
          answer(nil, fake.result)
        else
          answer(nil, nil)
        end
        return true, this
      end,
      notify = function(method, params)
        if method == 'textDocument/didOpen' or method == 'textDocument/didChange' then
          fake.version = params.textDocument.version
        end
        if not quiet[method] then
          table.insert(fake.sent, { method = method, params = params })
        end
        return true
      end,
      is_closing = function()
        return closing
      end,
      terminate = function()
        closing = true
      end,
    }
  end,
}, { bufnr = 0 })

return fake
