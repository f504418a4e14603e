/*
 * foretell - what a catalogue would change: whatif.h between the services and paper.
 */
#ifndef SERVICES_CTL_FORETELL_H
#define SERVICES_CTL_FORETELL_H

#include "common/domain/catalogue_rows.h"
#include "services/ctl/ctl.h"

/*
 * foretell - prints the verdicts and alerts that would differ if these rows were
 * applied; asks ingest for the catalogue in force and reads aggregate's journal.
 *
 * rows     of a catalogue that was checked
 * listed   the changed ids of the catalogue are printed first; and a catalogue that
 *          can't be judged is no failure then
 * returns  the exit code: 65 for a catalogue that moves places or rules of rolling up
 * cost     about 10 s for 50 million rows of journal
 */
NODISCARD int foretell(struct ctl *ctl, const struct cat_rows *rows,
                       bool listed);

#endif
