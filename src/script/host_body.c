/* The body of a request, when all of it is there. */
#include <lauxlib.h>

#include "script/host.h"
#include "script/task.h"

/* Read in pieces it would be copied once more. Its memory goes with it. */
int sl_host_take_body(lua_State *lua)
{
    const sl_handling *handling = sl_handling_of_request(lua, 1);
    sl_span whole;

    if (handling == NULL ||
        !sl_request_is_whole(&handling->exchange->request, &whole)) {
        return 0;
    }
    lua_pushlstring(lua, whole.data, whole.len); /* may raise an error */
    sl_request_drop_whole(&handling->exchange->request);
    return 1;
}
