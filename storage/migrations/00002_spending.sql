-- +goose Up
-- What every user spent and has held under every policy, by days in UTC: a
-- budget is compared with a few rows, however many answers were paid for.
CREATE TABLE spending (
  tenant_id  BLOB    NOT NULL REFERENCES tenants (id),
  policy_id  BLOB    NOT NULL,
  user_email TEXT    NOT NULL,
  currency   TEXT    NOT NULL,
  day        INTEGER NOT NULL, -- days since 1970
  amount     INTEGER NOT NULL CHECK (amount >= 0),
  PRIMARY KEY (tenant_id, policy_id, user_email, currency, day)
) STRICT, WITHOUT ROWID;

INSERT INTO spending (tenant_id, policy_id, user_email, currency, day, amount)
  SELECT tenant_id, policy_id, user_email, currency, created_at / 86400000000, sum(coalesce(settled, amount))
  FROM reservations GROUP BY 1, 2, 3, 4, 5;

DROP INDEX reservations_budget;
