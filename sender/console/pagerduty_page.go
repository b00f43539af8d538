package console

import (
	"strings"
)

// pdWords are what a status page offers for posts of one type. The last status
// closes a post.
type pdWords struct{ Statuses, Severities, Impacts []string }

// of are the words of a kind: status, severity or impact.
func (w pdWords) of(kind string) []string {
	return map[string][]string{"status": w.Statuses, "severity": w.Severities, "impact": w.Impacts}[kind]
}

// pdPlaces are where the words of a kind stand below a status page.
var pdPlaces = map[string]string{"impact": "/impacts/", "severity": "/severities/", "status": "/statuses/"}

// pdPostTypes are the types of posts, in the order in which words are listed.
var pdPostTypes = []string{"incident", "maintenance"}

// word is one word of a status page as a resource.
func (a *pdAccount) word(page, postType, kind, text string, links pdLinks) (object, error) {
	id, err := a.mint(strings.Join([]string{"status page", page, postType, kind, text}, " "))
	return object{
		"id": id, "self": links.api + "/status_pages/" + page + pdPlaces[kind] + id, "type": "status_page_" + kind,
		"description": text, "post_type": postType, "status_page": object{"id": page, "type": "status_page"},
	}, err
}

// wordsOf are all words of that kind, or those for one type of posts.
func (a *pdAccount) wordsOf(page, kind, postType string) ([]object, error) {
	links, err := a.links()
	views := []object{}
	for _, one := range pdPostTypes {
		if postType != "" && postType != one {
			continue
		}
		for _, text := range a.words[one].of(kind) {
			view, made := a.word(page, one, kind, text, links)
			if made != nil {
				err = made
			}
			views = append(views, view)
		}
	}
	return views, err
}

// pdStatusPage finds the status page that the path names.
func (k *call) pdStatusPage() (Page, pdLinks, *refusal) {
	page, found := k.console.page(k.path["id"])
	if !found {
		return page, pdLinks{}, refuse(pdNotFound, "there is no status page %q", shortened(k.path["id"]))
	}
	links, err := k.pd().links()
	if err != nil {
		return page, links, k.fails("%v", err)
	}
	return page, links, nil
}

func pdListPages(k *call) (any, *refusal) {
	links, err := k.pd().links()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	views := []object{}
	for _, page := range k.console.Pages() {
		views = append(views, object{
			"id": page.ID, "name": page.Name, "type": "status_page", "status_page_type": "public", "published_at": nil,
			"url": links.html + "/status_pages/" + page.ID,
		})
	}
	if kind := k.query.Get("status_page_type"); kind != "" && kind != "public" {
		views = nil
	}
	return k.paged("status_pages", views)
}

// pdListWords lists the words of a kind, under their name.
func pdListWords(kind, name string) func(*call) (any, *refusal) {
	return func(k *call) (any, *refusal) {
		views, refused := k.pdWords(kind, k.query.Get("post_type"))
		if refused != nil {
			return nil, refused
		}
		return k.paged(name, views)
	}
}

func (k *call) pdWords(kind, postType string) ([]object, *refusal) {
	page, _, refused := k.pdStatusPage()
	if refused != nil {
		return nil, refused
	}
	views, err := k.pd().wordsOf(page.ID, kind, postType)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return views, nil
}

// pdGetWord answers with one word of a kind.
func pdGetWord(kind string) func(*call) (any, *refusal) {
	return func(k *call) (any, *refusal) {
		views, refused := k.pdWords(kind, "")
		if refused != nil {
			return nil, refused
		}
		id := k.path[kind+"_id"]
		return one(kind, id, views, refuse(pdNotFound, "the status page has no %s %q", kind, shortened(id)))
	}
}

// pdComponents are the services of a status page.
func pdComponents(page Page, links pdLinks) []object {
	views := []object{}
	for _, c := range page.Components {
		views = append(views, object{
			"id": c.ID, "self": links.api + "/status_pages/" + page.ID + "/services/" + c.ID, "type": "status_page_service",
			"name": c.Name, "status_page": object{"id": page.ID, "type": "status_page"}, "business_service": nil,
		})
	}
	return views
}

func pdListComponents(k *call) (any, *refusal) {
	page, links, refused := k.pdStatusPage()
	if refused != nil {
		return nil, refused
	}
	return k.paged("services", pdComponents(page, links))
}

func pdGetComponent(k *call) (any, *refusal) {
	page, links, refused := k.pdStatusPage()
	if refused != nil {
		return nil, refused
	}
	id := k.path["service_id"]
	return one("service", id, pdComponents(page, links), refuse(pdNotFound, "the status page has no service %q", shortened(id)))
}
