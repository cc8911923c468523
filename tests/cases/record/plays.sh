# What people and programs do in each case, and in the live demo. Sourced after services.sh.
play_allowed_day() {
  resolve ws shop.example.com
  resolve shop db.example.com
  get ws https://10.2.0.10/
  get inet https://10.2.0.10/
  query orders orders -c 'SELECT * FROM payments LIMIT 3' -c 'SELECT pg_sleep(0.4)' \
    -c 'SELECT * FROM payments LIMIT 4' -c 'SELECT pg_sleep(0.2)' -c 'SELECT count(*) FROM payments' &
  local database=$!
  shell_on admin jump 'for i in 1 2 3 4; do uptime; sleep 0.15; done' >/dev/null &
  local shell=$!
  get inet --data 'item=42' https://10.2.0.10/order
  get ws --data 'item=43' https://10.2.0.10/order
  wait "$database" "$shell"
  get ws https://10.2.0.10/
}
play_ws_to_db() { query ws postgres -c 'COPY payments TO STDOUT'; }
play_ws_to_db_refused() { at ws curl -sS --max-time 3 -o /dev/null http://10.4.0.5:5433/ || true; }
play_clear_cards() { get ws http://10.2.0.10/receipt.html; }
play_clear_cards_fail_luhn() { get ws http://10.2.0.10/parcel.html; }
play_lateral() {
  get ws http://10.3.0.5:8080/
  query orders orders -c 'COPY payments TO STDOUT'
}
play_remote_admin() { shell_on ws orders 'uptime' >/dev/null; }
play_egress() { get db --data 'chunk=1' http://203.0.113.9/collect; }
play_ipv6() {
  get ws 'https://[fd00:2::10]/'
  DB=fd00:4::5 query ws postgres -c 'SELECT * FROM payments LIMIT 5'
}
