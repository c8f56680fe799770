\echo :DBNAME :USER :HOST :PORT :SERVER_VERSION_NUM :SERVER_VERSION_NAME :ENCODING
SELECT :'DBNAME' = current_database(), :'USER' = session_user, :SERVER_VERSION_NUM = current_setting('server_version_num')::int;
