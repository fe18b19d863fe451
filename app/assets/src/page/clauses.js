// Colours a diagram by clause: the steps that carry the one chosen, or those that rest on any and those on none.
// What is chosen stands in the address, so that it can be passed on, and is told in words as well.
function qualities(resting, chosen) {
  const carry = (clauses) => (chosen === 'all' ? clauses.length > 0 : clauses.includes(chosen));
  const other = chosen === 'all' ? 'bare' : 'dim';
  return Object.fromEntries(Object.entries(resting).map(([id, clauses]) => [id, carry(clauses) ? 'lit' : other]));
}

function told(chosen, found, all) {
  if (!chosen) {
    return '';
  }
  const count = Object.values(found).filter((quality) => quality === 'lit').length;
  return chosen === 'all' ? `${all} 个环节中 ${count} 个写明了条款。` : `${count} 个环节落实 ${chosen}。`;
}

function remember(chosen) {
  const address = new URL(window.location.href);
  if (chosen) {
    address.searchParams.set('clause', chosen);
  } else {
    address.searchParams.delete('clause');
  }
  window.history.replaceState(null, '', address);
}

export function offerClauses(canvas, diagram) {
  const box = canvas.parentElement.previousElementSibling;
  if (!box?.dataset.clauseColours) {
    return;
  }
  const resting = JSON.parse(box.dataset.clauseColours);
  const choice = box.querySelector('select');
  const show = () => {
    const chosen = choice.value;
    const found = chosen ? qualities(resting, chosen) : {};
    diagram.colour(found);
    box.querySelector('.clause-told').textContent = told(chosen, found, Object.keys(resting).length);
    box.querySelectorAll('[data-clause-legend]').forEach((legend) => {
      legend.hidden = !chosen || legend.dataset.clauseLegend !== (chosen === 'all' ? 'all' : 'one');
    });
    const [first] = Object.keys(found).filter((id) => found[id] === 'lit');
    if (first && chosen !== 'all' && !canvas.dataset.element) {
      diagram.bring(first);
    }
  };
  choice.addEventListener('change', () => {
    delete canvas.dataset.element;
    remember(choice.value);
    show();
  });
  box.hidden = false;
  show();
}
