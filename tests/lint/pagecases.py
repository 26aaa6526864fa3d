# SPDX-License-Identifier: BSD-2-Clause
"""For each rule of pages.py: trees in which it must find something, and one in which it must not."""
import fsm

MSGS = '''static const struct row bye_rows[] = {
	ATTR(MIPA_REASON, struct mipm_bye, reason),
	LIST(MIPA_TYPES, struct mipm_bye, types, REQKEY, .max = 3),
};
TABLE(bye_table, struct mipm_bye, bye_rows);
static const struct msg_row msg_rows[MSG_ROWS_MAX] = {
	[MIPM_BYE] = { "BYE", &bye_table, SAY_HAD | SAY_MND, SAY_TUNNELD,
		.entry = MIPM_BYE },
};
'''
HEADER = '\tMIPM_BYE = 33,\n'
BYE = '''.Ss MIPM_BYE
Number 33; said by had, mnd; told
back by tunneld; state.
The sender leaves.
.It Va reason Pq text
For people.
.It Va types Pq list of 16 bits, required, key
'''


def bus(page):
    return {'libmipsock/msgs.c': MSGS, 'libmipsock/mipsock.h': HEADER, 'man/mipsock.7': page}


KEYWORDS = '\t{ "lost", CONF_DURATION, 0, 10, 60,\n\t\t.def = "10s", .help = "" },\n'
PRESETS = '''static const struct linkmon_conf presets[] = {
	{ .preset = "slow",
		.lost_ms = 45000 },
	{ .preset = "fast", .lost_ms = 100 },
};
'''


def conf(page):
    return {'shell/keywords.c': KEYWORDS, 'linkmon/preset.c': PRESETS, 'man/raiic.conf.5': page}


CONF = '.It Cm lost No = Ar duration\nThe default is 10s.\n.El\n.It Cm lost Ta 45000 Ta 100\n'

ROWS = '''static const struct fsm_row rows[] = {
	/* refused */
	{ WAITA | FAILED, REG_HOLD, registration_forget, MIPM_REG_IDLE },
};
'''
EVENTS = 'enum registration_event {\n\tREG_HOLD, /* not now */\n\tREG_EVENTS,\n};\n'
STATES = ('enum mipm_reg_state {\n\tMIPM_REG_IDLE = 0,\n\tMIPM_REG_WAITA = 1, /* out */\n'
          '\tMIPM_REG_FAILED = 5,\n};\n')


def machine(page):
    return {'mnd/registration_fsm.c': ROWS, 'mnd/registration.h': EVENTS,
            'libmipsock/mipsock.h': STATES, 'docs/FSM.md': page}


MARKS = '# States\n<!-- registration -->\n<!-- end of registration -->\n'
FSM = fsm.rewritten(machine(MARKS))

CTL = ('subcommands[] = {\n\t{ "links", "", "help", 0, 0, ctl_links },\n};\n'
       '\t{ "bus", required_argument, NULL, 0 },\n')
VERBS = '\t{ "counters", run_counters },\n'


def programs(manual, interfaces):
    return {'tools/mipctl.c': CTL, 'had/command.c': VERBS, 'man/mipctl.8': manual,
            'docs/INTERFACES.md': interfaces}


MANUAL = '.It Fl b , Fl -bus Ar directory\n.It Cm links\n'
LISTED = '`--bus` `counters`\n`status · links`\n## Reserved for later\n'
BOTH = CTL.replace('\t{ "links"', '\t{ "status", "", "help", 0, 0, s },\n\t{ "links"')

QUOTING = '<!-- a.c -->\n```c\nint a;\n```\n'

CASES = {
    'mipsock(7) has the rows of msgs.c': (
        [bus(''), bus(BYE.replace('33', '34')), bus(BYE.replace('had, mnd', 'had')),
         bus(BYE.replace('told\nback by tunneld; ', '')), bus(BYE.replace('state', 'an event')),
         bus(BYE.replace(', required', '')), bus(BYE.replace(', key', '')),
         bus(BYE.replace('.It Va reason Pq text\n', ''))],
        bus(BYE)),
    'raiic.conf(5) has the defaults': (
        [conf(''), conf(CONF.replace('10s', '20s'))], conf(CONF)),
    'raiic.conf(5) has the presets': (
        [conf(''), conf(CONF.replace('Ta 100', 'Ta 200'))], conf(CONF)),
    'docs/FSM.md is the tables': (
        [machine(MARKS), machine(FSM.replace('not now', 'now')),
         machine(FSM.replace('| WAITA FAILED | HOLD | forget | IDLE |\n', ''))],
        machine(FSM)),
    'manuals have the options and subcommands': (
        [programs('', ''), programs(MANUAL.replace('-bus', '-but'), ''),
         programs(MANUAL.replace('links', 'link'), '')],
        programs(MANUAL, '')),
    'docs/INTERFACES.md is what the programs do': (
        [programs('', ''), programs('', LISTED.replace('`counters`', '')),
         programs('', LISTED.replace('--bus', '')),
         programs('', LISTED),
         {**programs('', LISTED.replace('links', 'link')), 'tools/mipctl.c': BOTH}],
        {**programs('', LISTED), 'tools/mipctl.c': BOTH}),
    'docs/SIMULATION.md quotes what is compiled': (
        [{'docs/SIMULATION.md': ''}, {'docs/SIMULATION.md': QUOTING, 'a.c': 'int b;\n'}],
        {'docs/SIMULATION.md': QUOTING, 'a.c': 'int a;\nint b;\n'}),
}
