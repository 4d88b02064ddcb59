/*
 * Places at which tests end the process as a loss of power would. Only in builds with tests: there
 * LIQ_KILL_AT=NAME:N kills at the N-th time that the place NAME is passed.
 *
 *   read       events are applied, nothing of them is on disk
 *   decided    a tick has decided, nothing of it is on disk
 *   journaled  the tick is on disk, nobody has heard of it
 *   emitted    its decisions were handed to the outlets, no source was told
 *   acked      the sources were told
 *   rotating   a new part of the journal is written, and not in its place
 *   rotated    it is in its place, and nothing is recorded in it
 *   snapshot   a snapshot is written, and the journal does not know of it
 */
#ifndef LIQ_JOURNAL_KILL_POINT_H
#define LIQ_JOURNAL_KILL_POINT_H

#ifdef LIQ_KILL_POINTS
void liq_kill_point(const char *name);
#else
static inline void liq_kill_point(const char *name)
{
    (void)name;
}
#endif

#endif
