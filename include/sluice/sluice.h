/* Everything public, in one include; also the source of the `ffi.cdef` text.
 */
#ifndef SLUICE_SLUICE_H
#define SLUICE_SLUICE_H

#include <sluice/abi.h>
#include <sluice/chunk.h>
#include <sluice/compress.h>
#include <sluice/fragment.h>
#include <sluice/handler.h>
#include <sluice/module.h>
#include <sluice/operation.h>
#include <sluice/ranges.h>
#include <sluice/rate.h>
#include <sluice/request.h>
#include <sluice/response.h>
#include <sluice/server.h>
#include <sluice/source.h>
#include <sluice/stage.h>
#include <sluice/status.h>

#endif
