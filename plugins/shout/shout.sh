# A worker in shell: text in capitals. With "raw" in package.json, every line begins {"job":7,"bodyBase64":"aGVsbG8=", and
# no JSON has to be read: base64 needs no escapes, and quotes in what follows have a backslash.

echo '{"ready":true}'

while read -r line; do
  job=${line#'{"job":'}
  job=${job%%,*}
  body=${line#*'"bodyBase64":"'}
  body=${body%%'"'*}

  loud=$(printf %s "$body" | base64 -d | tr '[:lower:]' '[:upper:]' | base64 -w 0)
  printf '{"job":%s,"resultBase64":"%s","contentType":"text/plain"}\n' "$job" "$loud"
done
