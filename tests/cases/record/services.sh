# The real programs on the hosts of network.sh: nginx, PostgreSQL, OpenSSH, dnsmasq. Sourced after it.
# Their data lives in $WORK; services_down ends what services_up started, by process id.
SERVICE_PIDS=()
PG_BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)

service() { # host command...: in the background, output in $WORK
  local host=$1
  shift
  ip netns exec "$NET-$host" "$@" >>"$WORK/$host.log" 2>&1 </dev/null &
  SERVICE_PIDS+=($!)
}

# Waits until something on the host listens on the port; no fixed sleep.
await_port() { # host port
  local try
  for try in $(seq 200); do
    at "$1" ss -Hltun "sport = :$2" | grep -q . && return
    read -rt 0.05 <> <(:) || true
  done
  echo "services: nothing listens on $1 port $2; see $WORK/$1.log" >&2
  return 1
}

nginx_conf() { # host, then the server blocks on stdin
  mkdir -p "$WORK/$1"
  {
    echo "daemon off; pid $WORK/$1/nginx.pid; error_log stderr; worker_processes 1;"
    echo 'events {} http { access_log off; default_type text/html; server_tokens off;'
    echo "client_body_temp_path $WORK/$1/b; proxy_temp_path $WORK/$1/p; fastcgi_temp_path $WORK/$1/f;"
    echo "uwsgi_temp_path $WORK/$1/u; scgi_temp_path $WORK/$1/s;"
    cat
    echo '}'
  } >"$WORK/$1/nginx.conf"
}

web_up() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=shop.example.com \
    -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
  mkdir -p "$WORK/www"
  echo '<h1>Web shop</h1>' >"$WORK/www/index.html"
  echo 'Paid with card 4111 1111 1111 1111 by A. Customer. Thank you.' >"$WORK/www/receipt.html"
  echo 'Parcel 4111 1111 1111 1112 is on its way. Thank you.' >"$WORK/www/parcel.html"
  nginx_conf shop <<CONF
    server { listen 80; listen [::]:80; listen 443 ssl; listen [::]:443 ssl;
      ssl_certificate $WORK/cert.pem; ssl_certificate_key $WORK/key.pem; root $WORK/www;
      location /order { proxy_pass http://10.3.0.5:8080; } }
CONF
  nginx_conf orders <<'CONF'
    server { listen 8080; listen [::]:8080;
      location / { return 200 '{"order": 4711, "state": "accepted"}\n'; } }
CONF
  nginx_conf inet <<'CONF'
    server { listen 80; listen 443; location / { return 200 'collected\n'; } }
CONF
  for host in shop orders inet; do
    service "$host" nginx -e stderr -c "$WORK/$host/nginx.conf"
  done
  await_port shop 443 && await_port orders 8080 && await_port inet 80
}

database_up() {
  install -d -o postgres -m 700 "$WORK/pg"
  local run=(setpriv --reuid postgres --regid postgres --clear-groups)
  "${run[@]}" "$PG_BIN/initdb" -D "$WORK/pg" -A trust -U postgres --no-sync >"$WORK/initdb.log" 2>&1
  { echo 'host all all 0.0.0.0/0 trust'; echo 'host all all ::/0 trust'; } >>"$WORK/pg/pg_hba.conf"
  service db "${run[@]}" "$PG_BIN/postgres" -D "$WORK/pg" -c listen_addresses='*' -c ssl=off \
    -c unix_socket_directories= -c fsync=off
  await_port db 5432
  at db env PGCONNECT_TIMEOUT=5 psql -qh 127.0.0.1 -U postgres >"$WORK/schema.log" 2>&1 <<'SQL'
CREATE ROLE orders LOGIN;
CREATE TABLE payments (id int, customer text, card text);
INSERT INTO payments SELECT n, 'customer ' || n, '4111 1111 1111 1111' FROM generate_series(1, 40) n;
GRANT ALL ON payments TO orders;
SQL
}

ssh_up() {
  mkdir -p /run/sshd
  ssh-keygen -qt ed25519 -N '' -f "$WORK/host_key"
  ssh-keygen -qt ed25519 -N '' -f "$WORK/user_key"
  cat >"$WORK/sshd_config" <<CONF
HostKey $WORK/host_key
AuthorizedKeysFile $WORK/user_key.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
CONF
  for host in jump orders; do
    service "$host" /usr/sbin/sshd -D -e -f "$WORK/sshd_config"
    await_port "$host" 22
  done
}

dns_up() {
  service dns dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root \
    --pid-file="$WORK/dnsmasq.pid" --address=/shop.example.com/10.2.0.10 --address=/db.example.com/10.4.0.5
  await_port dns 53
}

services_up() {
  chmod 755 "$WORK"
  web_up
  database_up
  ssh_up
  dns_up
}

services_down() {
  local pid
  for pid in "${SERVICE_PIDS[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${SERVICE_PIDS[@]}"; do wait "$pid" 2>/dev/null || true; done
  SERVICE_PIDS=()
}

# What people and programs do; each returns the client's exit code.
get() { local host=$1; shift; at "$host" curl -ksS --max-time 5 -o /dev/null "$@"; }
query() { # host user sql...
  local host=$1 user=$2
  shift 2
  at "$host" env PGCONNECT_TIMEOUT=5 PGSSLMODE=disable PGGSSENCMODE=disable \
    psql -qXAt -h "${DB:-10.4.0.5}" -U "$user" -d postgres -o /dev/null "$@"
}
shell_on() { # host server command
  at "$1" ssh -q -i "$WORK/user_key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o ConnectTimeout=5 "root@$(net_field "$2" 2)" "$3"
}
resolve() { at "$1" dig +tries=1 +time=2 +short @10.3.0.10 "$2" >/dev/null; }
