import { describe, expect, it } from 'vitest';
import { read } from './read.ts';

describe('[amqp]', () => {
  it('tries several hosts in turn, each with its own port or the common one', () => {
    expect(read('[amqp]\nhost: a, b:1, [::1]:2, ::1, [fe80::1]\nport = 9').amqp.hosts).toEqual([
      { host: 'a', port: 9 },
      { host: 'b', port: 1 },
      { host: '::1', port: 2 },
      { host: '::1', port: 9 },
      { host: 'fe80::1', port: 9 },
    ]);
  });

  it('uses the port of encrypted AMQP with tls', () => {
    const { amqp } = read('[amqp]\ntls = yes\nca = /ca\ncert = /cert\nkey = /key');
    expect(amqp.hosts).toEqual([{ host: 'localhost', port: 5671 }]);
    expect(amqp.tls).toEqual({ ca: '/ca', cert: '/cert', key: '/key' });
  });

  it('inherits nothing', () => {
    const { amqp, warnings } = read('[DEFAULT]\nuser: a\nhost: b\n[taskqueue]\nuser: c');
    expect(amqp).toMatchObject({ user: 'guest', hosts: [{ host: 'localhost', port: 5672 }] });
    expect(warnings).toEqual([expect.stringContaining('c.ini:3: [DEFAULT] host: goes to the plugins as a setting')]);
  });

  it('keeps a password full of odd characters', () => {
    expect(read('[amqp]\npasswd: p;w#1=50%:x').amqp.password).toBe('p;w#1=50%:x');
    expect(read('[amqp]\npasswd=p;w#1=50%:x').amqp.password).toBe('p;w#1=50%:x');
  });

  it('takes the password from a file', () => {
    const names: string[] = [];
    const { amqp, findings } = read('[amqp]\npasswd_file = secret', [], (name) => {
      names.push(name);
      return { ok: true, password: 'from file' };
    });
    expect([amqp.password, names, findings]).toEqual(['from file', ['secret'], []]);
  });

  it('warns where a password may have been cut as a comment, but not at a comment', () => {
    expect(read('[amqp]\npasswd: a ;b').warnings).toEqual([expect.stringContaining('belongs in a passwd_file')]);
    expect(read('[amqp]\npasswd: a ; the default').warnings).toEqual([]);
  });

  it('warns where a user has no password', () => {
    expect(read('[amqp]\nuser: joe').warnings).toEqual([expect.stringContaining('no password for "joe"')]);
  });

  it('warns of a section that was meant to be it', () => {
    expect(read('[ampq]\nhost: a').warnings).toEqual([expect.stringContaining('did you mean "amqp"?')]);
  });

  it('takes the heartbeat with and without a unit', () => {
    expect(read('[amqp]\nheartbeat = 5').amqp.heartbeatSeconds).toBe(5);
    expect(read('[amqp]\nheartbeat = 1m').amqp.heartbeatSeconds).toBe(60);
    expect(read('[amqp]\nheartbeat = 0').amqp.heartbeatSeconds).toBe(0);
  });

  it.each([
    ['host: a b', 'host: "a b" is no host'],
    ['host: a:0', 'has no port from 1 to 65535'],
    ['host:', 'the value is empty'],
    ['port: 99999', '99999 is out of range'],
    ['passwd:', 'the value is empty'],
    ['vhost:', 'the value is empty'],
    ['tls: perhaps', '"perhaps" is neither yes nor no'],
    ['ca: /ca', 'add "tls = yes"'],
    ['tls: yes\ncert: /c', 'a certificate needs its private key'],
    ['tls: yes\nkey: /k', 'a private key needs its certificate'],
    ['tls: yes\nca: ca.pem', 'no absolute path'],
    ['heartbeat: 500ms', 'no number of whole seconds'],
    ['queue_type: qourum', 'did you mean "quorum"?'],
    ['passwd: a\npasswd_file: b', 'passwd is set, too'],
    ['passwd_file: b', 'no password files in this test'],
    ['password: a', 'no option of this section – did you mean "passwd"?'],
    ['hots: a', 'no option of this section – did you mean "host"?'],
    ['server: a', 'no option of this section; there are host, port, user'],
    ['log_level: info', 'it belongs in [taskqueue]'],
    ['user: a\n  b', 'must be a single line'],
  ])('refuses %j', (text, message) => {
    const { mistakes } = read(`[amqp]\n${text}`);
    expect(mistakes[0]).toContain('c.ini:');
    expect(mistakes[0]).toContain(message);
  });

  it('never shows a password', () => {
    const { findings } = read('[amqp]\npasswd: s3cret\n  s3cret\n[DEFAULT]\npasswd: s3cret');
    expect(findings.length).toBeGreaterThan(0);
    expect(JSON.stringify(findings)).not.toContain('s3cret');
  });
});
