/*
 * foretell - what a catalogue would change: whatif.h between the services and paper.
 */
#ifndef SERVICES_CTL_FORETELL_H
#define SERVICES_CTL_FORETELL_H

#include "common/domain/catalogue_rows.h"
#include "services/ctl/ctl.h"

/*
 * foretell - prints the verdicts and alerts that would differ if these rows were
 * applied; asks ingest for the catalogue in force and reads aggregate's journal, and
 * ingest's too where figures have to be folded again (refold.h).
 *
 * rows     of a catalogue that ingest would take
 * listed   the changed ids of the catalogue are printed first; in a table those of a
 *          kind that are more than two dozen are counted
 * returns  the exit code
 * cost     about 10 s for 50 million rows of journal; if they are folded again, see
 *          refold.h
 */
NODISCARD int foretell(struct ctl *ctl, const struct cat_rows *rows,
                       bool listed);

#endif
