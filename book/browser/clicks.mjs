// What a reader does: search, answer a question by keyboard and without scripts, open hints, copy
// a command, change the theme.
import { open } from './views.mjs';

/// Clicks through everything, and gives how many things that were.
export async function clicks(chrome, site, faults) {
    const all = [
        searches, entries, answers, answersWithoutScripts, statements, fault, prediction, hints, copies, themes, sidebar, scheduler,
    ];
    let done = 0;
    for (const click of all) {
        const said = [];
        try {
            done += (await click((page, options = {}) => open(chrome, site, { page, ...options }, said), site)) === false ? 0 : 1;
        } catch (error) {
            said.push(error.message.split('\n')[0]);
        }
        faults.push(...said.map((what) => `${click.name}: ${what}`));
    }
    return done;
}

const must = (holds, what) => { if (!holds) { throw new Error(what); } };

/// Types into the search. (mdBook looks at the keys, not at the text.)
async function search(window, text) {
    const bar = window.locator('#mdbook-searchbar');
    await bar.fill('');
    await bar.pressSequentially(text);
}

async function searches(go) {
    const window = await go('fork-basics.html');
    await window.keyboard.press('s');
    await window.keyboard.type('zombie');
    await window.locator('#mdbook-searchresults li').first().waitFor();
    const found = await window.locator('#mdbook-searchresults li').allTextContents();
    must(found.some((text) => /zombie/i.test(text)), 'the search does not find "zombie"');
    // What stands in an answer, and nowhere else.
    await search(window, 'Can happen');
    await window.locator('#mdbook-searchresults li').first().waitFor();
    await window.waitForTimeout(800);
    const spoilt = await window.locator('#mdbook-searchresults li').allTextContents();
    must(!spoilt.some((text) => /Can happen\.|Cannot happen\./.test(text)), 'the search finds an answer');
    must(!spoilt.some((text) => text.includes('Run again by the tests')), 'the search shows boilerplate');
    await window.context().close();
}

/// The glossary has a result for each entry, which is the first for its word.
async function entries(go, site) {
    if (!site.pages.includes('glossary.html')) { return false; }
    const window = await go('glossary.html');
    const terms = await window.locator('main dt').allTextContents();
    await window.keyboard.press('s');
    for (const term of terms.slice(0, 5).concat(terms.slice(-5))) {
        await search(window, term);
        const first = window.locator('#mdbook-searchresults li a').first();
        await first.filter({ hasText: `Glossary » ${term}` }).waitFor({ timeout: 5_000 })
            .catch(() => { throw new Error(`"${term}" does not lead to its entry in the glossary`); });
    }
    await window.context().close();
    return true;
}

const byKey = async (element, key) => { await element.focus(); await element.press(key); };
const byClick = (element) => element.click();

/// A question with choices of which one is right: nothing before an answer, a second try after the
/// first wrong one, everything after that.
async function answer(window, press, scripts) {
    const quiz = window.locator('.quiz.one').first();
    const [check, all] = [quiz.locator('.check > summary'), quiz.locator('.answers > summary')];
    must(!(await check.isVisible()), 'an empty answer can be checked');
    must(!(await quiz.locator('.answers li').first().isVisible()), 'an answer is seen at once');
    const wrong = quiz.locator('.choice:not(.is-right) input').first();
    await press(wrong, 'Space');
    must(await wrong.isChecked(), 'a choice cannot be chosen');
    await press(check, 'Enter');
    await quiz.locator('.not-yet').waitFor();
    must(!(await quiz.locator('.all-right').isVisible()), 'a wrong answer is called right');
    must(!(await quiz.locator('.answers li').first().isVisible()), 'a wrong answer shows all answers');
    if (scripts) {
        must(!(await all.isVisible()), 'all answers are offered before a second try');
        await press(wrong, 'Space');
        await press(quiz.locator('.choice:not(.is-right) input').last(), 'Space');
        must(!(await quiz.locator('.not-yet').isVisible()) || await quiz.locator('.choice').count() === 2, 'a new choice is judged unasked');
        if (!(await quiz.locator('.check').evaluate((fold) => fold.open))) { await press(check, 'Enter'); }
    }
    const right = quiz.locator('.choice.is-right input');
    await press(right, 'Space');
    if (!(await quiz.locator('.check').evaluate((fold) => fold.open))) { await press(check, 'Enter'); }
    await quiz.locator('.all-right').waitFor();
    if (!scripts) { await press(all, 'Enter'); }
    await quiz.locator('.answers li').first().waitFor();
    must(await quiz.locator('.answers li.yes').count() === 1, 'not exactly one answer is right');
    const mark = await quiz.locator('.choice:has(:checked) label').evaluate((label) => getComputedStyle(label, '::after').content);
    must(/right/.test(mark), 'what was chosen is not marked');
    await window.context().close();
}

async function answers(go) {
    await answer(await go('fork-basics.html'), byKey, true);
}

async function answersWithoutScripts(go) {
    await answer(await go('fork-basics.html', { javaScriptEnabled: false }), byClick, false);
}

/// The first page with a question of a kind, and that question.
async function findQuiz(go, site, kind) {
    const marked = new RegExp(`class="quiz [^"]*\\b${kind}\\b`);
    for (const page of site.pages.filter((page) => page !== 'print.html')) {
        // A page without such a question need not be opened in the browser, which takes seconds.
        if (!marked.test(await (await fetch(site.base + page)).text())) { continue; }
        const window = await go(page);
        const quiz = window.locator(`.quiz.${kind}`).first();
        if (await quiz.count() > 0) {
            await unfold(quiz);
            return [window, quiz];
        }
        await window.context().close();
    }
    return [];
}

/// Opens the folds that an element is in, from the outermost.
async function unfold(element) {
    const folds = element.locator('xpath=ancestor::details[not(@open)]');
    while (await folds.count() > 0) { await folds.first().locator('> summary').click(); }
}

/// Statements that can or cannot happen: a right "cannot" is not marked as a mistake.
async function statements(go, site) {
    const [window, quiz] = await findQuiz(go, site, 'statements');
    if (!window) { return false; }
    const check = quiz.locator('.check > summary');
    const rows = quiz.locator('.statement');
    await rows.first().locator('.is-right input').click();
    must(await rows.count() === 1 || !(await check.isVisible()), 'statements without an answer can be checked');
    for (let at = 0; at < await rows.count(); at++) { await rows.nth(at).locator('.choice:not(.is-right) input').click(); }
    await check.click();
    const said = await quiz.locator('.not-yet').evaluate((line) => getComputedStyle(line, '::after').content);
    must(said.includes('counter(right)'), `it does not say how many are right: ${said}`);
    const outline = (at) => rows.nth(at).locator('.choice:has(:checked)').evaluate((row) => getComputedStyle(row).boxShadow);
    must(await outline(0) === 'none', 'the first try tells which statements are right');
    for (let at = 0; at < await rows.count(); at++) { await rows.nth(at).locator('.is-right input').click(); }
    await check.click();
    await quiz.locator('.answers li').first().waitFor();
    must(await quiz.locator('.answers li.no').count() === 0, 'what cannot happen is marked as a mistake');
    const yes = await quiz.evaluate((quiz) => getComputedStyle(quiz).getPropertyValue('--wb-yes'));
    const shown = await quiz.evaluate((quiz, yes) => {
        const probe = quiz.appendChild(document.createElement('i'));
        probe.style.color = yes;
        const colour = getComputedStyle(probe).color;
        probe.remove();
        return colour;
    }, yes);
    for (let at = 0; at < await rows.count(); at++) { must((await outline(at)).includes(shown), 'a right statement is not marked as right'); }
    await window.context().close();
    return true;
}

/// A line of code that is at fault.
async function fault(go, site) {
    const [window, quiz] = await findQuiz(go, site, 'fault');
    if (!window) { return false; }
    await quiz.locator('.is-right input').click();
    await quiz.locator('.check > summary').click();
    await quiz.locator('.answers li.yes').waitFor();
    await window.context().close();
    return true;
}

/// What a program prints, written down first.
async function prediction(go, site) {
    const [window, quiz] = await findQuiz(go, site, 'predict');
    if (!window) { return false; }
    const check = quiz.locator('.check > summary');
    must(!(await check.isVisible()), 'an empty prediction can be compared');
    await quiz.locator('textarea').fill('certainly not this');
    await check.click();
    await quiz.locator('.compared.other').waitFor();
    must(!(await quiz.locator('.transcript .line').first().isVisible()), 'a first wrong prediction shows the output');
    const lines = await quiz.locator('.check .transcript .line').allTextContents();
    // As another run would print it: with other PIDs.
    const other = lines.join('').replace(/\b\d{3,}\b/g, (pid) => String(Number(pid) + 4321));
    await quiz.locator('textarea').fill(other);
    await check.click();
    await quiz.locator('.compared.same').waitFor();
    must(await quiz.locator('.check .transcript .line').first().isVisible(), 'the output is not shown');
    await window.context().close();
    return true;
}

async function hints(go, site) {
    const exercise = site.pages.find((page) => page.startsWith('exercises/'));
    const window = await go(exercise);
    const folds = window.locator('.hints details');
    if (await folds.count() === 0) { return false; } // this copy of the workbook has no exercises
    const [first, second] = [folds.nth(0), folds.nth(1)];
    must(!(await second.locator('> summary').isVisible()), 'the second hint is offered before the first');
    await first.locator('> summary').click();
    must(await first.locator('> :not(summary)').first().isVisible(), 'the first hint does not open');
    must(await second.locator('> summary').isVisible(), 'the first hint does not offer the second');
    must(!(await second.locator('> :not(summary)').first().isVisible()), 'the second hint opens with the first');
    await window.context().close();
    return true;
}

async function copies(go) {
    const window = await go('fork-basics.html', { permissions: ['clipboard-read', 'clipboard-write'] });
    const transcript = window.locator('.transcript', { hasText: 'lesson-fork-basics' }).first();
    await transcript.hover();
    await transcript.locator('.clip-button').click();
    await window.locator('.clip-button.tooltipped').waitFor();
    const text = await window.evaluate(() => navigator.clipboard.readText());
    must(text === 'cargo run -q -p lesson-fork-basics', `the copy button copies ${JSON.stringify(text)}`);
    await window.context().close();
}

async function themes(go) {
    const window = await go('fork-basics.html');
    await window.locator('#mdbook-theme-toggle').click();
    await window.locator('#mdbook-theme-navy').click();
    must(await window.evaluate(() => document.documentElement.classList.contains('navy')), 'the theme does not change');
    await window.context().close();
}

async function sidebar(go) {
    const window = await go('fork-basics.html');
    const chapter = window.locator('#mdbook-sidebar a', { hasText: 'Many forks' });
    must(await chapter.isVisible(), 'the sidebar is not there');
    await window.locator('#mdbook-sidebar-toggle').focus();
    await window.keyboard.press('Enter');
    await chapter.waitFor({ state: 'hidden' });
    await window.context().close();
}

/// The reader is the scheduler, by keyboard, and without scripts reads the tree as a list.
async function scheduler(go, site) {
    if (!site.pages.includes('what-can-happen.html')) { return false; }
    const plain = await go('what-can-happen.html', { javaScriptEnabled: false });
    must(await plain.locator('.scheduler .tree li').first().isVisible(), 'no list without scripts');
    await plain.context().close();
    const window = await go('what-can-happen.html');
    const said = window.locator('.scheduler [role=status]');
    await window.getByRole('button', { name: 'Let the parent go on' }).focus();
    await window.keyboard.press('Enter');
    await window.keyboard.press('Enter');
    must((await said.textContent()).includes('3 of 3 outputs'), 'the fork decides nothing');
    await window.keyboard.press('Space');
    must((await said.textContent()).includes('1 of 3 outputs'), 'the parent comes first');
    await window.keyboard.press('Enter');
    must((await said.textContent()).includes('1 of 3 outputs'), 'a parent that waits does not go on');
    await window.getByRole('button', { name: 'Take back one step' }).press('Enter');
    must((await said.textContent()).includes('3 of 3 outputs'), 'a step is not taken back');
    await window.context().close();
}
