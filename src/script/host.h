/* Functions of the private module `sluice.host` that have files of their own.
 */
#ifndef SLUICE_SCRIPT_HOST_H
#define SLUICE_SCRIPT_HOST_H

#include <lua.h>

/* What is known of a file that was opened to be sent: a guard that closes the
 * descriptor when it is collected, the descriptor, the size, the time of the
 * last change (seconds since 1970), and an entity tag: strong, or weak while
 * the file changed so lately that its time may not show the next change. */

/* log(level, message, fields): level from 0 (debug) to 3 (error). */
int sl_host_log(lua_State *lua);

/* path_of(path): where it leads, for a relative one starts at the folder of the
 * app; or nil and why it is no path. */
int sl_host_path_of(lua_State *lua);

/* open_file(path): what is known of it; or nil and why not. */
int sl_host_open_file(lua_State *lua);

/* open_in(folder, path, symlinks): likewise, for a path that may come from a
 * client. It never leads out of the folder: `symlinks` is "none" (there may be
 * none below the folder), "inside" (they must stay in it), or "follow" (whoever
 * made a link meant it). Not opened: nil, why, and a word for the kind of
 * failure: "missing", "folder", "forbidden" or "error". */
int sl_host_open_in(lua_State *lua);

/* open_temporary(folder): a guard and descriptor of a new file without a name,
 * for reading and writing; in the folder of the settings when it is nil. Or nil,
 * why not, and whether there is no room. */
int sl_host_open_temporary(lua_State *lua);

/* link_file(fd, path): give such a file a name that is not taken. Works only
 * within one file system. True; or nil and why not. */
int sl_host_link_file(lua_State *lua);

/* duplicate(guard or fd): another guard and descriptor of the same open file.
 */
int sl_host_duplicate(lua_State *lua);

/* disown(guard): the descriptor belongs to the core now. */
int sl_host_disown(lua_State *lua);

/* close_file(guard): now, and not when it is collected. */
int sl_host_close_file(lua_State *lua);

/* list_folder(path): an array of { name =, is_folder = } in no order, and the
 * path that it was found at; or nil and why not. */
int sl_host_list_folder(lua_State *lua);

/* end_step(ok, text): a step of the app's life has ended; see life.c. */
int sl_host_end_step(lua_State *lua);

/* --- host_dev.c */
int sl_host_add_to_page(lua_State *lua);
int sl_host_version(lua_State *lua);
int sl_host_hooked(lua_State *lua);

/* --- console.c */
int sl_host_console_say(lua_State *lua);
int sl_host_console_is_interrupted(lua_State *lua);
int sl_host_console_requests(lua_State *lua);

/* --- host_record.c: see pipeline/record.h */

/* records(): an array of tables in no order, and how many are missed. */
int sl_host_records(lua_State *lua);

/* record(id): one of them with all its moments; nothing: there is none. */
int sl_host_record(lua_State *lua);

/* asset(path): the bytes of a file, which is one of the app's sources; or nil
 * and why not. */
int sl_host_asset(lua_State *lua);

/* Where a path of the app's is: a relative one starts at its folder. The text
 * is on the stack, or the one that was given. */
const char *sl_host_resolve(lua_State *lua, const char *path);

/* What a handler is told of its request; see host_request.c. */

/* on_abort(response, generation, fn): false when the exchange is over. */
int sl_host_on_abort(lua_State *lua);

/* on_shutdown(response, generation, fn): likewise. */
int sl_host_on_shutdown(lua_State *lua);

/* on_end(response, generation, fn): false when the handler is over. */
int sl_host_on_end(lua_State *lua);

/* on_done(response, generation, fn): call it in a task of its own when nothing more
 * of the response is on the wire and the handler is over; once, whatever came of
 * them. See done.c for what it is told. */
int sl_host_on_done(lua_State *lua);

/* untouched(response, generation): its status, as long as nothing was written and
 * nobody has ended it; then nothing. */
int sl_host_untouched(lua_State *lua);

/* note_route(response, generation, number): the route that answers, for who finds
 * it after a wait. */
int sl_host_note_route(lua_State *lua);

/* Requests that a request makes; see host_child.c. */

/* child(response, generation, method, target, fields, body): a box of it, its
 * response and the generation of that, and the id of the operation; or nothing and
 * why not. `fields` is an array: name, value, name, ... */
int sl_host_child(lua_State *lua);

/* child_head(box): OK when status and headers are there, PENDING, or a failure. */
int sl_host_child_head(lua_State *lua);

/* child_trailers(box): PENDING, why it was aborted, or OK and its trailer fields, an
 * array of names and values in turn. */
int sl_host_child_trailers(lua_State *lua);

/* child_next(box, most): the next bytes of the body; or nil and PENDING, EMPTY, or a
 * failure. */
int sl_host_child_next(lua_State *lua);

/* child_splice(box, response, generation): move what is there into the body of that
 * response: a status, bytes moved, and whether a failure is the child's. EMPTY: its
 * end; PENDING: there is no more yet; EAGAIN: no room. */
int sl_host_child_splice(lua_State *lua);

/* child_close(box): it is wanted no more. */
int sl_host_child_close(lua_State *lua);

/* depth(response, generation): 0 for a request of a client, 1 for one that such a
 * request has made, and so on. */
int sl_host_depth(lua_State *lua);

/* Register the type of the boxes. */
void sl_host_open_children(lua_State *lua);

/* arrived(response, generation): when the request did, in seconds since 1970;
 * nothing when its exchange is over. */
int sl_host_arrived(lua_State *lua);

/* blame(response, generation, status): the request is wrong, and its handler
 * knows. When it ends with an error, that is the answer. */
int sl_host_blame(lua_State *lua);

/* Tasks; see host_task.c. */
int sl_host_spawn(lua_State *lua);
int sl_host_spawn_for(lua_State *lua);
int sl_host_on_leave(lua_State *lua);
int sl_host_current(lua_State *lua);
int sl_host_wake(lua_State *lua);
int sl_host_cancel(lua_State *lua);
int sl_host_is_over(lua_State *lua);
int sl_host_owe(lua_State *lua);

/* take_body(request, generation): the whole body, if all of it is there and it
 * is not empty; else nothing. */
int sl_host_take_body(lua_State *lua);

/* Metrics; see host_metrics.c. */

/* number_route(pattern): for the cell `route`, when its handler begins. */
int sl_host_number_route(lua_State *lua);

/* meter_family(name, help, kind, bounds): its number, or nil: there are too
 * many. The kinds are 0 counter, 1 gauge, 2 histogram; bounds an array. */
int sl_host_meter_family(lua_State *lua);

/* meter(family, labels): where the numbers of a series are, or nil: there are
 * too many. */
int sl_host_meter(lua_State *lua);

/* Count the rounds of the collector. */
void sl_host_watch_collector(lua_State *lua);

/* Register the type of the guards. */
void sl_host_open_files(lua_State *lua);

/* Push a guard of `fd`, which may be -1 for now. */
int *sl_host_push_guard(lua_State *lua, int fd);

/* With the guard on the top of the stack: push what is known of its file,
 * which is returned with it. Negative: no regular file, and errno says why;
 * nothing was pushed then. */
int sl_host_push_facts(lua_State *lua, int fd);

/* wall_clock(): seconds since 1970; monotonic(): since some moment. Both read
 * the clock, unlike now(), and have fractions. */
int sl_host_wall_clock(lua_State *lua);
int sl_host_monotonic(lua_State *lua);

/* date_clock(): the whole second that the field Date will say. */
int sl_host_date_clock(lua_State *lua);

/* http_date(seconds): as HTTP writes it. */
int sl_host_http_date(lua_State *lua);

/* parse_http_date(text): seconds since 1970; nothing: it is no date. */
int sl_host_parse_http_date(lua_State *lua);

/* random(count): that many bytes (at most 256) of the kernel's. */
int sl_host_random(lua_State *lua);

/* new_hash("sha256" | "sha512" | "hmac_sha256"[, key]): a digest without texts;
 * update_hash(hash, text); digest(hash): its bytes, and it goes on. */
int sl_host_new_hash(lua_State *lua);
int sl_host_update_hash(lua_State *lua);
int sl_host_digest(lua_State *lua);

/* equal_bytes(one, other): in a time that does not tell where they differ. */
int sl_host_equal_bytes(lua_State *lua);

#endif
