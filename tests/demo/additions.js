// Adds what simcord's page lacks: the apps in a message's menu, opened by a right-click or by a button beside its own; space
// for images while they load, since otherwise everything below moves and an open select closes when it moves out of sight;
// a preview that stays visible until the next one has been loaded; and buttons below the images, as Discord has them.
// Takes away simcord's tools for developers: the page keeps itself up to date, and visitors would only wonder about them.

const MENU = "message-apps-menu";

const style = new CSSStyleSheet();
style.replaceSync(`
  .channel-message:has(> .message-components):has(> .message-attachments) { display: flex; flex-direction: column; }
  .message-attachments ~ .message-components, .message-components:has(~ .message-attachments) { order: 1; }
  #refresh, #capture-open, #inspector-toggle, #view-action-output, #action-status, .session-menu, #layout-label,
  .sidebar-search, .advanced-search { display: none; }
  .attachment-image[width][height] { width: min(attr(width px), min(calc(var(--preview-height) * .8), 720px)
    * attr(width type(<number>)) / attr(height type(<number>))); }
  button:disabled:has(> .attachment-image) { opacity: 1; }
  .${MENU} { position: fixed; z-index: 50; display: grid; min-width: 168px; padding: 6px; border-radius: 6px;
    background: var(--discord-control); color: var(--discord-text); box-shadow: 0 4px 16px #0008; }
  .${MENU} button { padding: 8px 10px; border: 0; border-radius: 4px; font: inherit; background: transparent; color: inherit; text-align: left; }
  .${MENU} button:hover, .${MENU} button:focus-visible { background: var(--discord-hover); }
`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, style];

function close() {
  document.querySelector(`.${MENU}`)?.remove();
}

/** A message is drawn again whenever it changes, which removes the button, so this runs after every change. */
function addButton(article, open) {
  if (article.querySelector(":scope [data-apps]")) return;
  let toolbar = article.querySelector(":scope > .message-context-actions");
  if (!toolbar) {
    toolbar = document.createElement("div");
    toolbar.className = "message-context-actions";
    article.append(toolbar);
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "message-action-button";
  button.textContent = "⋯";
  button.title = "Apps";
  button.dataset.apps = "";
  button.setAttribute("aria-label", "Apps");
  button.addEventListener("click", (event) => {
    const { right, bottom } = button.getBoundingClientRect();
    event.stopPropagation();
    open(article, right, bottom);
  });
  toolbar.append(button);
}

const lastImages = new Map();

/** Remember a message's image once it is there, and show it in place of the next one until that one is. */
function keepImage(article) {
  const images = article.querySelectorAll("img.attachment-image");
  if (images.length !== 1 || images[0].dataset.kept !== undefined) return;
  const [image] = images;
  const messageId = article.dataset.messageId;
  const last = lastImages.get(messageId);
  const remember = () => {
    if (image.src === last) return;
    image.dataset.kept = "now";
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    canvas.getContext("2d").drawImage(image, 0, 0);
    // A copy: simcord revokes the address of an image that a message no longer has.
    canvas.toBlob((blob) => lastImages.set(messageId, URL.createObjectURL(blob)), "image/jpeg");
  };
  image.dataset.kept = "before";
  if (image.complete && image.naturalWidth) {
    remember();
    return;
  }
  image.addEventListener("load", remember);
  if (last && !image.src) image.src = last;
}

/** `names` are the bot's apps; `choose(name, messageId)` is called when somebody picks one. */
export function offerMenus(names, choose) {
  document.querySelector(".preview-brand strong").textContent = "Darkroom";
  document.querySelector(".preview-brand small").textContent = "Demo, shown by SimCord";
  document.querySelector(".brand-mark").textContent = "D";
  const list = document.getElementById("channel-message-list");

  function open(article, x, y) {
    close();
    const menu = document.createElement("div");
    menu.className = MENU;
    menu.setAttribute("role", "menu");
    menu.setAttribute("aria-label", "Apps");
    for (const name of names) {
      const item = document.createElement("button");
      item.type = "button";
      item.textContent = name;
      item.setAttribute("role", "menuitem");
      item.addEventListener("click", () => {
        close();
        choose(name, article.dataset.messageId);
      });
      menu.append(item);
    }
    document.body.append(menu);
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(0, Math.min(x, window.innerWidth - width))}px`;
    menu.style.top = `${Math.max(0, Math.min(y, window.innerHeight - height))}px`;
    menu.querySelector("button")?.focus();
  }

  list.addEventListener("contextmenu", (event) => {
    const article = event.target.closest("[data-message-id]");
    if (!article) return;
    event.preventDefault();
    open(article, event.clientX, event.clientY);
  });
  document.addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  const complete = () => {
    for (const article of list.querySelectorAll("[data-message-id]")) {
      addButton(article, open);
      keepImage(article);
    }
  };
  new MutationObserver(complete).observe(list, { childList: true, subtree: true });
  complete();
}
