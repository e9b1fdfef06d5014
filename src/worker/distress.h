/* What a worker still says when it is stuck, or dies: where its script is.
 *
 * A supervisor that finds it in one turn for too long sends SIGPROF: the VM
 * reports as soon as it executes Lua. SIGXCPU comes when that did not help,
 * because the script is in a long call of C: the handler writes what it can
 * read. It is also written before a crash ends the process.
 */
#ifndef SLUICE_WORKER_DISTRESS_H
#define SLUICE_WORKER_DISTRESS_H

struct sl_worker;

/* Before the app is loaded. One worker of a process can do this. Without a
 * supervisor only the VM is watched, for lua_memory and for the console. */
void sl_distress_start(struct sl_worker *worker);

/* Something has changed that says whether the VM is watched. */
void sl_distress_look_again(struct sl_worker *worker);

/* Before the VM is closed. */
void sl_distress_stop(struct sl_worker *worker);

#endif
