// Who runs as whom, and what a plugin can and can't do inside the unit. Brings in the plugin `shell`, by npm.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CONFIG, DISPATCHER, type Host, inWorker, property, WORKERPOOL, write } from './host.ts';

const fixture = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`fixtures/shell/${name}`, import.meta.url)), 'utf8');
const SECRET = 'a good password';

export function sandbox(host: Host): void {
  test('a plugin that npm installs runs after a reload; a group with a user runs as that user', async () => {
    await write(host(), '/srv/shell/package.json', fixture('package.json'));
    await write(host(), '/srv/shell/worker.js', fixture('worker.js'));
    await host().output(`ln -s /root/share/npm/bin/npm-cli.js /usr/local/bin/npm
      useradd --create-home --shell /bin/bash builder
      cd /srv && npm pack ./shell --silent
      npm install --silent --offline --prefix /usr/local/lib/taskqueue/plugins ./shell-1.0.0.tgz
      printf '[shell]\\nsubgroups = own, other\\n[shell_other]\\ninstances = 0\\nuser = builder\\n' > /etc/taskqueue/conf.d/shell.ini
      systemctl reload ${WORKERPOOL}`);
    expect((await inWorker(host(), 'id -un; echo $HOME; pwd')).output).toBe(
      'taskqueue-worker\n/var/lib/taskqueue-worker\n/var/lib/taskqueue-worker',
    );
    await host().output(`sed -i 's/instances = 0/instances = 1/; s/= own, other/= other/' /etc/taskqueue/conf.d/shell.ini
      systemctl reload ${WORKERPOOL}`);
    expect((await inWorker(host(), 'id -un; echo $HOME')).output).toBe('builder\n/home/builder');
  });

  test('the dispatcher runs as taskqueue, workers as theirs, and none of them as root', async () => {
    const pool = await property(host(), WORKERPOOL, 'MainPID');
    const dispatcher = await property(host(), DISPATCHER, 'MainPID');
    expect(await host().output(`ps --no-headers -o user:20 -p ${dispatcher}`)).toBe('taskqueue');
    const workers = await host().output(`ps --no-headers -o user:20,args --ppid ${pool} | sort`);
    expect(workers.split('\n').map((line) => line.replace(/ +/, ' '))).toEqual([
      'builder taskqueue: shell_other#1',
      'taskqueue-worker taskqueue: first#1',
      'taskqueue-worker taskqueue: second#1',
    ]);
  });

  test('neither the configuration, nor credentials, nor passwords of users can be read by a worker', async () => {
    const daemon = await property(host(), WORKERPOOL, 'MainPID');
    const files = [
      CONFIG,
      '/etc/taskqueue/conf.d/shell.ini',
      '/etc/shadow',
      `/proc/${daemon}/environ`,
      `/proc/${daemon}/mem`,
    ];
    for (const path of [...files, '/run/credentials/taskqueue-workerpool.service', `/proc/${daemon}/fd`]) {
      const { code, output } = await inWorker(host(), `if test -d ${path}; then ls ${path}; else cat ${path}; fi`);
      expect(code, `${path}: ${output}`).not.toBe(0);
      expect(output).toContain('Permission denied');
    }
    const { output } = await inWorker(host(), 'env; cat /proc/self/cmdline /proc/$PPID/cmdline /proc/$PPID/environ');
    expect(output).toContain('HOME=/home/builder');
    expect(output).not.toContain(SECRET);
  });

  test('no daemon can be signalled by a worker, and none of its words reach systemd', async () => {
    for (const unit of [DISPATCHER, WORKERPOOL]) {
      const pid = await property(host(), unit, 'MainPID');
      expect((await inWorker(host(), `kill -TERM ${pid}`)).output).toMatch(/not permitted/i);
    }
    const before = await property(host(), WORKERPOOL, 'StatusText');
    await inWorker(
      host(),
      'systemd-notify --no-block STATUS="all yours" 2>&1; NOTIFY_SOCKET=/run/systemd/notify systemd-notify --no-block STATUS="all yours"',
    );
    expect(before).toContain('instances running');
    expect(await property(host(), WORKERPOOL, 'StatusText')).toContain('instances running');
    expect((await inWorker(host(), 'readlink /proc/$PPID/fd/3; ls -l /proc/self/fd')).output).not.toContain('notify');
  });

  test('no capability is to be had by a worker, by set-uid programs either', async () => {
    const { output } = await inWorker(host(), 'grep -E "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)" /proc/self/status');
    expect(output.replace(/\t/g, ' ').split('\n')).toEqual([
      ...['Inh', 'Prm', 'Eff', 'Amb'].map((name) => `Cap${name}: 0000000000000000`),
      'NoNewPrivs: 1',
    ]);
    expect((await inWorker(host(), 'setpriv --reuid=0 id -u')).code).not.toBe(0);
    expect((await inWorker(host(), 'su -c "id -u" < /dev/null')).code).not.toBe(0);
  });

  test('a worker is the first to die when memory runs out', async () => {
    const daemon = await property(host(), WORKERPOOL, 'MainPID');
    expect((await inWorker(host(), `cat /proc/self/oom_score_adj /proc/${daemon}/oom_score_adj`)).output).toBe(
      '500\n0',
    );
  });

  test('core dumps of the daemons are switched off', async () => {
    for (const unit of [DISPATCHER, WORKERPOOL]) {
      const pid = await property(host(), unit, 'MainPID');
      expect(await host().output(`grep 'core file' /proc/${pid}/limits`)).toMatch(/core file size +0 /);
    }
  });

  test('a plugin may build a Debian package in its HOME', { timeout: 120_000 }, async () => {
    const source = '/usr/share/doc/taskqueue-common/examples/plugin-as-a-deb';
    const { code, output } = await inWorker(
      host(),
      `cd && cp -r ${source} greeter && cd greeter && dpkg-buildpackage -us -uc -b && ls ..`,
    );
    expect(code, output).toBe(0);
    expect(output).toContain('taskqueue-plugin-greeter_1.0.0_all.deb');
  });
}
