package storage

import "testing"

// broken are queries that find nothing in a sound database.
var broken = map[string]string{
	"a passage without text":        `SELECT row FROM passages WHERE row NOT IN (SELECT row FROM passage_texts)`,
	"a text without passage":        `SELECT row FROM passage_texts WHERE row NOT IN (SELECT row FROM passages)`,
	"a passage without document":    `SELECT row FROM passages WHERE document_id NOT IN (SELECT id FROM documents)`,
	"a document without path":       `SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM document_paths)`,
	"a document with a wrong count": `SELECT id FROM documents d WHERE passages <> (SELECT count(*) FROM passages p WHERE p.document_id = d.id)`,
	"positions with a gap":          `SELECT document_id FROM passages GROUP BY document_id HAVING min(position) <> 0 OR max(position) <> count(*) - 1 OR count(DISTINCT position) <> count(*)`,
	"a vector without passage":      `SELECT seq FROM vectors WHERE row NOT IN (SELECT row FROM passages)`,
	"a queued row without passage":  `SELECT row FROM unembedded WHERE row NOT IN (SELECT row FROM passages)`,
	"a passage neither embedded nor queued": `SELECT p.row FROM passages p JOIN bindings b ON b.dataset_id = p.dataset_id AND b.dropped = 0 JOIN datasets s ON s.id = b.dataset_id AND s.deleting = 0
		WHERE (SELECT count(*) FROM vectors v WHERE v.row = p.row AND v.binding_id = b.id) + (SELECT count(*) FROM unembedded u WHERE u.row = p.row AND u.binding_id = b.id) <> 1`,
	"a tombstone of a passage that is there":       `SELECT p.row FROM gone g JOIN passages p ON p.row BETWEEN g.first_row AND g.first_row + g.count - 1`,
	"a number taken twice":                         `SELECT seq FROM (SELECT seq FROM passages UNION ALL SELECT seq FROM vectors UNION ALL SELECT seq FROM gone) GROUP BY seq HAVING count(*) > 1`,
	"a number ahead of the counter":                `SELECT seq FROM (SELECT seq FROM passages UNION ALL SELECT seq FROM vectors UNION ALL SELECT seq + count - 1 FROM gone) WHERE seq > (SELECT value FROM sequence)`,
	"a completed job without document":             `SELECT id FROM jobs WHERE status = 'completed' AND document_id IS NOT NULL AND document_id NOT IN (SELECT id FROM documents)`,
	"a completed job whose path is in no document": `SELECT j.id FROM jobs j WHERE status = 'completed' AND document_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM document_paths p WHERE p.dataset_id = j.dataset_id AND p.path = j.path AND p.document_id = j.document_id)`,
	"a ledger that does not balance":               `SELECT r.id FROM reservations r WHERE amount - coalesce((SELECT sum(amount) FROM ledger l WHERE l.reservation_id = r.id AND from_account = 'held'), 0) <> iif(settled IS NULL, amount, 0)`,
	"a reservation without its row":                `SELECT r.id FROM reservations r WHERE 1 <> (SELECT count(*) FROM ledger l WHERE l.reservation_id = r.id AND kind = 'reserve' AND l.amount = r.amount)`,
	"spending that is not what was reserved":       `SELECT 1 FROM spending s WHERE amount <> (SELECT coalesce(sum(coalesce(settled, amount)), 0) FROM reservations r WHERE r.tenant_id = s.tenant_id AND r.policy_id = s.policy_id AND r.user_email = s.user_email AND r.currency = s.currency AND r.created_at / 86400000000 = s.day)`,
	"a reservation without spending":               `SELECT r.id FROM reservations r WHERE NOT EXISTS (SELECT 1 FROM spending s WHERE s.tenant_id = r.tenant_id AND s.policy_id = r.policy_id AND s.user_email = r.user_email AND s.currency = r.currency AND s.day = r.created_at / 86400000000)`,
	"a row of another tenant":                      `SELECT p.row FROM passages p JOIN datasets s ON s.id = p.dataset_id WHERE s.tenant_id <> p.tenant_id`,
	"a broken reference":                           `SELECT "table" FROM pragma_foreign_key_check`,
	"a damaged page":                               `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
}

// invariants fails for everything that is wrong in the database.
func invariants(t testing.TB, db *DB) {
	t.Helper()
	check(t, db.read(t.Context(), func(c *conn) error {
		for name, query := range broken {
			rows, err := c.query(t.Context(), query)
			if err != nil {
				return err
			}
			if rows.Next() {
				t.Errorf("there is %s", name)
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	}))
}
