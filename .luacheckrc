-- luacheck, see .ci/lint. Neovim is LuaJIT.
std = "luajit"
globals = { "vim" }
max_line_length = 160
