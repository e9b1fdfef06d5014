--- Loaded first by the suite's third run, in which LuaJIT compiles after one
--- turn of a loop. The collector never rests, so that memory which C still
--- holds and Lua no longer does is gone at once.

collectgarbage("setpause", 50)
collectgarbage("setstepmul", 1000)
