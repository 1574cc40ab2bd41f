"""Words that everybody shares: ARNs, ids, revisions, records of the log, errors. Pure, standard library only."""
