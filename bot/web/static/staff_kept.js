// Words that an officer was writing when the session ended: kept in this tab until the same officer is back on the card.

const officer = document.getElementById("words").dataset.officer;
const name = (card) => `langnghe.words.${officer}.${card.dataset.code}`;

export function keepWords(cards) {
  for (const card of cards) {
    const box = [...card.querySelectorAll("textarea")].find((one) => one.value !== one.defaultValue);
    try {
      if (box) sessionStorage.setItem(name(card), box.value);
    } catch { /* forbidden or full: the words are lost, the way out must not be */ }
  }
}

export function giveBack(cards) {
  for (const card of cards) {
    const box = card.querySelector(".prompt textarea, .reply textarea");
    let words = null;
    try { words = sessionStorage.getItem(name(card)); } catch { /* nothing kept */ }
    if (!box || box.value || !words) continue;
    box.value = words;
    box.closest("details")?.setAttribute("open", "");
    sessionStorage.removeItem(name(card));
  }
}
