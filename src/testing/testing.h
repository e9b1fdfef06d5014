/* sluice test: specs of an app, run by busted in a world without sockets.
 *
 * The specs run in the VM of the app. There they find the module sluice.test
 * (lua/sluice/test), which drives the world through the private module
 * sluice.testing (module.c).
 */
#ifndef SLUICE_TESTING_TESTING_H
#define SLUICE_TESTING_TESTING_H

#include "settings/settings.h"

typedef struct sl_testing {
    const sl_settings *settings;
    const char *const *files; /* ended by NULL: where specs are; none: tests */
    const char *const *rest;  /* likewise: what busted is told beside them */
} sl_testing;

/* Run them. On SL_OK *code is the exit code of the process: 0 when all have
 * passed, 1 when one has not, 2 when nothing could be run. On failure *error (free)
 * says what is wrong. */
sl_status sl_testing_run(const sl_testing *testing, int *code, char **error);

/* --- Inside: module.c ----------------------------------------------------------- */

struct sl_world;
struct lua_State;

/* Let Lua find sluice.testing, which drives `world`. May raise an error. */
void sl_testing_open_module(struct lua_State *lua, struct sl_world *world);

#endif
