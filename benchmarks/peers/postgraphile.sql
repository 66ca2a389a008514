-- What PostGraphile publishes: the visible rows, as views that PostgreSQL merges into each query, and the keys
-- that cannot be seen on a view.
CREATE SCHEMA IF NOT EXISTS postgraphile;

CREATE OR REPLACE VIEW postgraphile.functions AS
  SELECT function_id, name, slug, description, start_date, end_date, timezone, location, sort_date
  FROM public.functions WHERE is_active AND deleted_at IS NULL;
COMMENT ON VIEW postgraphile.functions IS E'@primaryKey function_id\n@unique slug';

CREATE OR REPLACE VIEW postgraphile.events AS
  SELECT event_id, function_id, title, event_start
  FROM public.events WHERE is_published AND deleted_at IS NULL;
COMMENT ON VIEW postgraphile.events IS
  E'@primaryKey event_id\n@foreignKey (function_id) references postgraphile.functions (function_id)|@foreignFieldName events';

CREATE OR REPLACE VIEW postgraphile.tickets AS
  SELECT ticket_id, event_id, name, price_amount, price_currency, position
  FROM public.event_tickets WHERE is_active AND deleted_at IS NULL;
COMMENT ON VIEW postgraphile.tickets IS
  E'@primaryKey ticket_id\n@foreignKey (event_id) references postgraphile.events (event_id)|@foreignFieldName tickets';
