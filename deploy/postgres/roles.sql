-- Who may do what in the database of a ledger. Run it as the owner of the database, once after `casetrail postgres migrate`,
-- and again after each upgrade; doing it twice changes nothing.
--
--   casetrail postgres migrate --database postgresql://owner@host/casetrail
--   casetrail postgres roles | psql postgresql://owner@host/casetrail
--   psql … -c "CREATE ROLE casetrail_app LOGIN PASSWORD '…' IN ROLE casetrail_writer"
--   casetrail up --database postgresql://casetrail_app@host/casetrail
--
-- casetrail_writer  inserts facts and reads them, and may not change or delete any; keeps its own bookkeeping; owns the
--                   read models, which are caches and hold nothing that the facts do not say
-- casetrail_reader  reads facts and bookkeeping: for copies, exports and auditors
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casetrail_writer') THEN
    CREATE ROLE casetrail_writer NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casetrail_reader') THEN
    CREATE ROLE casetrail_reader NOLOGIN;
  END IF;
  EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO casetrail_writer', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO casetrail_reader', current_database());
END $$;

REVOKE ALL ON SCHEMA casetrail FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA casetrail FROM PUBLIC, casetrail_writer, casetrail_reader;
GRANT USAGE ON SCHEMA casetrail TO casetrail_writer, casetrail_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA casetrail TO casetrail_writer, casetrail_reader;
GRANT INSERT ON casetrail.stored_events, casetrail.commands, casetrail.refusals TO casetrail_writer;
GRANT INSERT, UPDATE ON casetrail.positions, casetrail.snapshots TO casetrail_writer;
GRANT EXECUTE ON FUNCTION casetrail.make_room(bigint) TO casetrail_writer; -- makes the next empty partition, and nothing else
