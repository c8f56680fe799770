LISTEN channel;
NOTIFY channel;
NOTIFY channel, 'payload';
SELECT 1;
