// The reader is the scheduler: at each state of a recorded search, a button lets one process take its
// next step. Without this file the page shows the same tree as a list.

{
    const make = (name, className, text) => {
        const element = document.createElement(name);
        if (className) { element.className = className; }
        if (text) { element.textContent = text; }
        return element;
    };

    // All outcomes that can follow: a number is the outcome itself.
    const outcomes = (next) => (typeof next === 'number'
        ? new Set([next])
        : new Set(next.flatMap((branch) => [...outcomes(branch.next)])));

    // The next step of a process in what can follow, even if it cannot be taken yet.
    const upcoming = (next, process) => {
        if (typeof next === 'number') { return undefined; }
        const here = next.find((branch) => branch.process === process);
        if (here) { return here.step; }
        for (const branch of next) {
            const later = upcoming(branch.next, process);
            if (later) { return later; }
        }
        return undefined;
    };

    const processesOf = (next, found = new Set()) => {
        if (typeof next !== 'number') {
            for (const branch of next) {
                found.add(branch.process);
                processesOf(branch.next, found);
            }
        }
        return found;
    };

    const start = (section) => {
        const data = JSON.parse(section.querySelector('script').textContent);
        const processes = [...processesOf(data.tree)].sort();
        const children = processes.length - 1;
        const nameOf = (process) => {
            if (process === '0') { return 'parent'; }
            return children === 1 ? 'child' : `child ${process}`;
        };
        const taken = [];
        const state = () => (taken.length === 0 ? data.tree : taken[taken.length - 1].next);

        const game = make('div', 'game');
        const cards = make('div', 'processes');
        const rows = processes.map((process) => {
            const card = make('div', 'process');
            const does = make('p', 'does');
            const button = make('button', '', `Let the ${nameOf(process)} go on`);
            button.type = 'button';
            does.id = `${section.id}-does-${process.replaceAll('.', '-')}`;
            button.setAttribute('aria-describedby', does.id);
            card.append(make('p', 'name', nameOf(process)), does, button);
            cards.append(card);
            return { process, does, button };
        });
        const tools = make('div', 'tools');
        const back = make('button', 'quiet', 'Take back one step');
        const again = make('button', 'quiet', 'Start again');
        for (const button of [back, again]) { button.type = 'button'; }
        tools.append(back, again);
        const said = make('p', 'said');
        said.setAttribute('role', 'status');
        const output = make('pre', 'output');
        output.tabIndex = 0;
        output.setAttribute('aria-label', 'The output so far');
        const possible = make('ol', 'possible');
        const heading = make('p', 'label');
        game.append(cards, tools, said, make('p', 'label', 'The output so far'), output, heading, possible);

        const off = (button, isOff) => button.setAttribute('aria-disabled', String(isOff));
        const isOff = (button) => button.getAttribute('aria-disabled') === 'true';

        const show = (told) => {
            const next = state();
            const left = outcomes(next);
            for (const { process, does, button } of rows) {
                const branch = typeof next === 'number' ? undefined : next.find((one) => one.process === process);
                const later = upcoming(next, process);
                const began = process === '0'
                    || taken.some((step) => step.step === `forks child ${process}`);
                off(button, !branch);
                if (branch) {
                    does.textContent = `Next: ${branch.step}`;
                } else if (!began) {
                    does.textContent = 'Not forked yet';
                } else {
                    does.textContent = later ? `Waits until it ${later}` : 'Has ended';
                }
            }
            off(back, taken.length === 0);
            off(again, taken.length === 0);
            output.textContent = taken.map((step) => step.prints ?? '').join('') || '(nothing yet)';
            const ended = typeof next === 'number';
            const verdicts = ended
                ? ['has happened', 'did not happen']
                : ['can still happen', 'can no longer happen'];
            possible.replaceChildren(...data.outputs.map((text, index) => {
                const can = left.has(index + 1);
                const item = make('li', can ? 'can' : 'cannot');
                item.append(make('p', 'verdict', verdicts[can ? 0 : 1]), make('pre', '', text));
                return item;
            }));
            heading.textContent = ended
                ? `This order led to output ${next} of ${data.outputs.length}`
                : `${left.size} of ${data.outputs.length} outputs can still happen`;
            said.textContent = [told, `${heading.textContent}.`].filter(Boolean).join(' ');
        };

        for (const { process, button } of rows) {
            button.addEventListener('click', () => {
                const next = state();
                if (isOff(button) || typeof next === 'number') { return; }
                const branch = next.find((one) => one.process === process);
                taken.push(branch);
                show(`The ${nameOf(process)} ${branch.step.replace(/…?"$/, '"')}.`);
            });
        }
        back.addEventListener('click', () => {
            if (!isOff(back)) {
                taken.pop();
                show('Taken back.');
            }
        });
        again.addEventListener('click', () => {
            if (!isOff(again)) {
                taken.length = 0;
                show('Started again.');
            }
        });

        section.querySelector('.caption').after(game);
        section.querySelector('.tree').open = false;
        show('');
    };

    for (const section of document.querySelectorAll('section.scheduler')) { start(section); }
}
