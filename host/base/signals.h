/*
 * SIGINT and SIGTERM ask the program to stop; it then undoes what it began and ends with 128 plus
 * the signal's number. SIGPIPE is ignored: a reader that went away is an error of write().
 */
#ifndef LIQ_BASE_SIGNALS_H
#define LIQ_BASE_SIGNALS_H

/** Take over the signals. A second SIGINT or SIGTERM ends the process at once. */
void liq_signals_take(void);

/** Take over SIGHUP as well: it asks to read settings anew. */
void liq_signals_take_reload(void);

/** Whether that was asked since the last call. */
int liq_signals_reload(void);

/** The number of the signal that asked to stop, 0 so far. */
int liq_signals_caught(void);

#endif
