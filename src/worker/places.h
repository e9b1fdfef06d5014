/* Where the system has to be asked about changes of a path: which entries of
 * which folders decide what is there.
 *
 * For a file it is its name in its folder. For one that is reached through
 * links each link counts too, so that a deployment that turns a link is seen.
 * Of a path that leads nowhere it is the first name that is missing.
 */
#ifndef SLUICE_WORKER_PLACES_H
#define SLUICE_WORKER_PLACES_H

/* `folder` is there; both are valid during the call. */
typedef void sl_place_visitor(void *context, const char *folder,
                              const char *name);

void sl_places_each(const char *path, sl_place_visitor *visit, void *context);

#endif
