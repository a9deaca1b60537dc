-- Loaded at startup, or by a plugin manager whenever it likes: nothing here is
-- work, and nothing needs setup().
if vim.g.loaded_airside then
  return
end
vim.g.loaded_airside = true
local here = vim.fs.normalize(debug.getinfo(1, 'S').source:sub(2))

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('airside: needs Neovim 0.10 or newer', vim.log.levels.ERROR)
  return
end

vim.api.nvim_create_user_command('Airside', function(command)
  require('airside.commands').run(command)
end, {
  nargs = '*',
  range = true,
  desc = 'airside: completions, review and sync',
  complete = function(lead, line)
    return require('airside.commands').complete(lead, line)
  end,
})

local group = vim.api.nvim_create_augroup('airside', {})

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  callback = function(event)
    require('airside.client').open(event.buf)
  end,
})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'airside' then
      require('airside.client').attached(client, event.buf)
    end
  end,
})

-- :help finds its tags; a package manager that makes them has done so before.
vim.schedule(function()
  local doc = vim.fs.dirname(vim.fs.dirname(here)) .. '/doc'
  if not vim.uv.fs_stat(doc .. '/tags') then
    pcall(vim.cmd.helptags, doc)
  end
end)

-- Loaded late, buffers are there already. After setup(), which a plugin manager
-- calls once this file has run.
if vim.v.vim_did_enter == 1 then
  vim.schedule(function()
    for _, buf in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_is_loaded(buf) then
        require('airside.client').open(buf)
      end
    end
  end)
end
