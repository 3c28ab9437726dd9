// Everything on a page works without this file; it makes some things more pleasant.

// mdBook's label for the sidebar is a button in this book: it moves the checkbox itself.
document.getElementById('mdbook-sidebar-toggle')?.addEventListener('click', (event) => {
    if (event.currentTarget instanceof HTMLButtonElement) {
        document.getElementById('mdbook-sidebar-toggle-anchor').click();
    }
});

// What is wider than the page can be scrolled from the keyboard.
const mind = () => {
    for (const box of document.querySelectorAll('pre > code, .wide, .table-wrapper')) {
        if (box.scrollWidth > box.clientWidth) {
            box.tabIndex = 0;
        } else {
            box.removeAttribute('tabindex');
        }
    }
};
mind();
addEventListener('resize', mind);
document.addEventListener('toggle', mind, true);
document.fonts?.ready.then(mind);

// The copy button of a transcript takes the commands only: no prompt, no output.
document.addEventListener('click', (event) => {
    const button = event.target.closest?.('.transcript .clip-button');
    if (!button) { return; }
    event.stopImmediatePropagation();
    const commands = [...button.closest('pre').querySelectorAll('.command')];
    const text = commands.map((line) => line.textContent.replace(/^\$ /, '').trim()).join('\n');
    navigator.clipboard.writeText(text).then(() => {
        button.innerHTML = '<i class="tooltiptext">Copied!</i>';
        button.className = 'clip-button tooltipped';
    });
}, true);

// A question: all answers are offered after a second try. Without this file they are behind a second
// fold from the beginning.
const tried = (quiz) => {
    const wrong = quiz.querySelector('.choice:not(.is-right) :checked');
    quiz.dataset.tries = Math.min(2, Number(quiz.dataset.tries ?? 0) + 1);
    if (!wrong) { quiz.querySelector('.answers').open = true; }
};
for (const quiz of document.querySelectorAll('.quiz:not(.predict)')) {
    const check = quiz.querySelector('.check');
    check?.addEventListener('toggle', (event) => {
        if (event.target === check && check.open) { tried(quiz); }
    });
    quiz.addEventListener('change', () => {
        check.open = false;
        quiz.querySelector('.answers').open = false;
    });
}

// A prediction is compared as the tests compare a run: PIDs and times may be any others, and the
// order is free where the scheduler decides it.
const comparable = (text, order) => {
    const names = new Map();
    const lines = text.split('\n').map((line) => line.trim().replace(/\s+/g, ' ')).filter(Boolean);
    if (order === 'any') { lines.sort((a, b) => a.replace(/\d/g, '').localeCompare(b.replace(/\d/g, ''))); }
    const named = (pid) => names.get(pid) ?? names.set(pid, `#${names.size}`).get(pid);
    return lines.map((line) => line
        .replace(/\b\d+(\.\d+)? ?(ns|us|µs|μs|ms|s|min)\b/g, 'TIME')
        .replace(/\b\d{3,}\b/g, named));
};
for (const quiz of document.querySelectorAll('.quiz.predict')) {
    const [check, said] = [quiz.querySelector('.check'), quiz.querySelector('.compared')];
    if (!check) { continue; }
    let tries = 0;
    check.addEventListener('toggle', () => {
        if (!check.open) { return; }
        tries += 1;
        const printed = [...check.querySelectorAll('.transcript .line')].map((line) => line.textContent).join('');
        const order = check.dataset.order;
        const [mine, its] = [quiz.querySelector('textarea').value, printed].map((text) => comparable(text, order));
        const same = mine.length === its.length && mine.every((line, at) => line === its[at]);
        said.className = same ? 'compared same' : 'compared other';
        if (same) {
            said.textContent = 'That is what it prints.';
        } else if (tries === 1) {
            const right = its.filter((line, at) => line === mine[at]).length;
            said.textContent = `Not yet: ${right} of its ${its.length} lines are right. Try once more.`;
            check.open = false;
        } else {
            said.textContent = 'It prints something else:';
        }
    });
    quiz.querySelector('textarea').addEventListener('input', () => { said.textContent = ''; });
}
