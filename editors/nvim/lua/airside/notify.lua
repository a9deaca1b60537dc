-- What the user is told.
local M = {}

local function tell(level)
  return function(message)
    vim.notify('airside: ' .. message, level)
  end
end

M.info = tell(vim.log.levels.INFO)
M.warn = tell(vim.log.levels.WARN)
M.error = tell(vim.log.levels.ERROR)

return M
