/* The sink's list of what is on the wire, and the kernel that takes it. */
#ifndef SLUICE_MODEL_WIRE_H
#define SLUICE_MODEL_WIRE_H

#include "sink.h"

wired *wire_add(sink *s, wired_kind kind, uint64_t len);

/* Gather, take up to `budget` bytes, compare them, report them as sent. How
 * many there were. */
uint64_t wire_offer(sink *s, uint64_t budget);

/* Report that `len` bytes, which were compared, are sent: marks with nothing
 * in front of them complete. */
void wire_sent(sink *s, uint64_t len);

#endif
