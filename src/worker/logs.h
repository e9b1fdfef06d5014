/* The error log of a process, in the file that the settings name. */
#ifndef SLUICE_WORKER_LOGS_H
#define SLUICE_WORKER_LOGS_H

#include "settings/settings.h"

/* SL_ESYSTEM: errno. */
sl_status sl_logs_open(sl_log *log, const sl_settings *settings);
void sl_logs_close(const sl_log *log);

/* The file was moved away: go on in a new one of the same name. */
void sl_logs_reopen(const sl_log *log, const sl_settings *settings);

#endif
