-- Handlers and the library run in LuaJIT; the specs run in busted.
std = "luajit"
max_line_length = 100
unused_args = false
files["tests/lua"] = { std = "+busted" }
files["lua/new/tests"] = { std = "+busted" }
files["tests/testing"] = { std = "+busted" }
files["tests/model"] = { std = "+busted" }
exclude_files = { ".cache", "build" }
