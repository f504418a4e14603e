/*
 * refold - what aggregate would say at another catalogue: rehearsal.h between ingest's
 * journal and a scratch store.
 *
 * The store lies in run/ of the data directory, else in TMPDIR or /tmp, and is gone
 * with the process; it takes no more of the disk than it leaves to others.
 */
#ifndef SERVICES_CTL_REFOLD_H
#define SERVICES_CTL_REFOLD_H

#include "services/ctl/ctl.h"
#include "services/ctl/whatif.h"

/*
 * refold - folds ingest's journal up to a commit, then the changed catalogue.
 *
 * last     the last commit to be folded; 0: none
 * changed  the CATALOGUE record, as ingest would journal it next
 * w        is given what aggregate would say of it (whatif_take_anew)
 * returns  0, or the exit code, what went wrong having been printed; 74: the scratch
 *          store would take more of its disk than it leaves
 * cost     1 us a figure (8 million in 7 s), half of it again for each catalogue of
 *          the past that changed places. Memory as aggregate's, some 100 MiB, and
 *          pages of the store; disk some 30 bytes a figure
 * With ctl->terminal it says on standard error how far it is.
 */
NODISCARD int refold(struct ctl *ctl, uint64_t last, struct span changed,
                     struct whatif *w);

#endif
