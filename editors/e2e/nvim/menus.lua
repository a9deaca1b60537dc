-- Sets up a completion plugin as its README does, with a source of words.
-- plugin: 'blink.cmp' or 'nvim-cmp'; opts: { ghost = its own ghost text, tab = Tab is its
-- key where its menu is open, words = what its source has, above = its menu stands above the cursor }.
local plugin, opts = ...
local words = opts.words or { 'alpha', 'alpine' }

if plugin == 'blink.cmp' then
  package.preload['words'] = function()
    local source = {}
    function source.new()
      return setmetatable({}, { __index = source })
    end
    function source.get_completions(_, _, callback)
      callback({
        items = vim.tbl_map(function(word)
          return { label = word, kind = 1 }
        end, words),
        is_incomplete_forward = false,
        is_incomplete_backward = false,
      })
    end
    return source
  end
  require('blink.cmp').setup({
    keymap = { preset = opts.tab and 'super-tab' or 'default' },
    fuzzy = { implementation = 'lua' },
    sources = { default = { 'words' }, providers = { words = { name = 'Words', module = 'words' } } },
    completion = {
      menu = {
        auto_show = opts.ghost ~= 'alone',
        direction_priority = opts.above and { 'n', 's' } or nil,
      },
      ghost_text = { enabled = opts.ghost ~= nil },
    },
  })
else
  local cmp = require('cmp')
  cmp.register_source('words', {
    complete = function(_, _, callback)
      callback(vim.tbl_map(function(word)
        return { label = word }
      end, words))
    end,
  })
  cmp.setup({
    mapping = {
      ['<C-e>'] = cmp.mapping.abort(),
      ['<C-y>'] = cmp.mapping.confirm({ select = true }),
      ['<Tab>'] = opts.tab and cmp.mapping(function(fallback)
        if cmp.visible() then
          cmp.confirm({ select = true })
        else
          fallback()
        end
      end, { 'i', 's' }) or nil,
    },
    sources = { { name = 'words' } },
    view = { entries = { vertical_positioning = opts.above and 'above' or 'below' } },
    experimental = { ghost_text = opts.ghost ~= nil },
  })
end

-- open tells whether its menu is on the screen.
function _G.open()
  if plugin == 'blink.cmp' then
    return require('blink.cmp').is_menu_visible()
  end
  return require('cmp').core.view:visible()
end
